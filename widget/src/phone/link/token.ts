// The one-time token in the fragment of a scanned address: read once, and gone from address bar and history at once.

/** The token, or "" where the page was opened without one. */
export function takeToken(
  address: Pick<Location, "hash" | "pathname">,
  history: Pick<History, "replaceState">,
): string {
  const token = address.hash.slice(1);
  if (address.hash) history.replaceState(null, "", address.pathname);
  return token;
}

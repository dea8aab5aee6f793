// Where an image's bytes are, for <img> elements. No identifier of a person is ever part of an address.

export type ContentSize = "thumb" | "view" | "full";

export const earlierAddress = (id: string, size: ContentSize) =>
  `/api/earlier-images/${encodeURIComponent(id)}/content?size=${size}`;

/** `page` of a document, counted from 1. */
export const contentAddress = (id: string, size: ContentSize, page = 1) =>
  `/api/images/${encodeURIComponent(id)}/content?size=${size}${page > 1 ? `&page=${page}` : ""}`;

/** One file of a commit's referral pack. */
export const referralFileAddress = (
  commitId: string,
  imageId: string,
  { limit, identified }: { limit: string; identified: boolean },
) =>
  `/api/commits/${encodeURIComponent(commitId)}/referral/files/${encodeURIComponent(imageId)}?${new URLSearchParams({ limit, identified: String(identified) })}`;

// Small images in memory, for <img> elements.

/** Makes and drops blob: addresses. */
export type Previews = { make(file: Blob): string; drop(address: string): void };

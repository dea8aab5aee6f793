// Where a picture's bytes are, for <img> elements. No identifier of a person is ever part of an address.

export type Size = "thumb" | "view" | "full";

export const pictureAddress = (id: string, size: Size) =>
  `/api/images/${encodeURIComponent(id)}/content?size=${size}`;

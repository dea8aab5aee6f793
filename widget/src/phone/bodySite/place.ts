// Comparing where photos are: what all have, and what contradicts what is chosen now.
import type { BodyPlace } from "../types";

type News = Partial<BodyPlace>;

const siteId = ({ bodySite }: News) =>
  bodySite ? ("code" in bodySite ? bodySite.code : bodySite.text) : null;
const sideId = ({ laterality }: News) => laterality?.code ?? null;

/** The news for an image at `place`: a side goes with its site, because nothing is known of another site's. */
export function newsAt(place: BodyPlace, news: News): News {
  const isElsewhere = "bodySite" in news && siteId(place) !== null && siteId(news) !== siteId(place);
  return isElsewhere ? { laterality: null, ...news } : news;
}

/** What all of them have. */
export function commonPlace([first, ...rest]: readonly BodyPlace[]): BodyPlace {
  if (!first) return { bodySite: null, laterality: null };
  return {
    bodySite: rest.every((place) => siteId(place) === siteId(first)) ? first.bodySite : null,
    laterality: rest.every((place) => sideId(place) === sideId(first)) ? first.laterality : null,
  };
}

/** It has a site or a side, and another one. */
export function contradicts(place: BodyPlace, news: News): boolean {
  const isOther = (has: string | null, wanted: string | null) => has !== null && has !== wanted;
  return (
    ("bodySite" in news && isOther(siteId(place), siteId(news))) ||
    ("laterality" in news && isOther(sideId(place), sideId(news)))
  );
}

/** In what the news are about, both are the same. */
export const agree = (one: BodyPlace, other: BodyPlace, news: News): boolean =>
  (!("bodySite" in news) || siteId(one) === siteId(other)) &&
  (!("laterality" in news) || sideId(one) === sideId(other));

// The search in the list of body sites: fetched behind the first screen, or when it is opened.
export type FindSites = typeof import("../../shared/bodySites/find").findSites;

export const loadFind = (): Promise<FindSites> =>
  import("../../shared/bodySites/find").then(({ findSites }) => findSites);

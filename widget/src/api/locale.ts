// What a page says about a call when the gateway itself could not say it.

export const apiWords = {
  title: "Something went wrong",
  bad: {
    server: "Something went wrong on the server. Nothing was lost; please try again.",
    /** Whether it is tried again automatically is for the place to say where it is. */
    unreachable: "ClinicPro Images can't be reached right now. Check the network.",
    notLetThrough:
      "Something between this device and ClinicPro Images, such as a proxy, lets no file of this size through. Add a smaller file, or tell the administrator of the network.",
    page: "Something went wrong on this page. Reload it; your photos are kept.",
  },
  unreachable: "No connection",
  notLetThrough: "Too large for the network",
};

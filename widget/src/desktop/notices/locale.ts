// What the page says around its messages.

export const noticesWords = { list: "Messages", dismiss: "Dismiss message" };

// What both pages say of a date or a time that is typed.

export const dateWords = {
  date: { hint: "dd/mm/yyyy", how: "Day, month and year, such as 29/11/2026." },
  time: { hint: "hh:mm", how: "Hours and minutes, such as 14:05 or 2:05 pm. New Zealand time." },
  unreadable: "This isn't a date. Enter day, month and year, such as 29/11/2026.",
  impossible: "There is no such day. Check the day and the month.",
  monthFirst: (swapped: string) => `Enter the day first: ${swapped}?`,
  notATime: "This isn't a time. Enter hours and minutes, such as 14:05 or 2:05 pm.",
};

// What a message or a task still needs: known before the fields themselves are loaded.

export const followUpNeeds = {
  messageTo: "Choose who gets the message.",
  taskFor: "Choose who gets the task.",
  taskDue: "Correct the day on which the task is due, or clear it.",
  dueOver: "This day is over. Enter today or a later day, or clear it.",
};

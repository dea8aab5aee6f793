// What both pages say beside the fields of a message and a task.
import { counted } from "../wording";

const hint = "Photo titles are added automatically.";

export const followUpWords = {
  title: "Message and task",
  message: {
    tick: "Send a message to a provider's inbox",
    to: "To",
    toWhom: "Message to",
    note: "Message",
    hint,
  },
  task: { tick: "Create a task", to: "For", toWhom: "Task for", note: "What to do", hint },
  due: "Due",
  dueIn: "Weeks from now",
  inDays: (days: number) => `In ${counted(days / 7, "week")}`,
  choose: "Choose a provider",
  noProviders: "Medtech's list of providers can't be read at the moment. Go back and open the review again.",
};

// What Ctrl+Z takes back, the last thing first: removals and changes of details.

export function createUndo() {
  /** Each answers false where there is nothing left to take back. */
  const steps: (() => boolean)[] = [];

  const push = (step: () => boolean) => {
    steps.push(step);
    if (steps.length > 50) steps.shift();
  };

  function undo(): boolean {
    for (let step = steps.pop(); step; step = steps.pop()) if (step()) return true;
    return false;
  }

  return { push, undo };
}

export type Undo = ReturnType<typeof createUndo>;

// Who may go at once; the others wait in line.

/** Calls `go` when its turn comes. What is returned gives the turn back, or leaves the line; more than once does nothing. */
export type TakeTurn = (go: () => void) => () => void;

export function createTurns(atOnce: number): TakeTurn {
  const going = new Set<object>();
  const line = new Map<object, () => void>();

  function next() {
    for (const [turn, go] of line) {
      if (going.size >= atOnce) return;
      line.delete(turn);
      going.add(turn);
      go();
    }
  }

  return (go) => {
    const turn = {};
    line.set(turn, go);
    next();
    return () => {
      line.delete(turn);
      if (going.delete(turn)) next();
    };
  };
}

// How many slips of the finger are between two words.

/** Edit distance with neighbouring letters swapped counting once (optimal string alignment), to the start of `word`. */
export function slipsBetween(typed: string, word: string): number {
  const target = word.slice(0, typed.length + 1);
  let before: number[] = [];
  let last = Array.from({ length: target.length + 1 }, (_, column) => column);
  for (let row = 1; row <= typed.length; row++) {
    const now = [row];
    for (let column = 1; column <= target.length; column++) {
      const same = typed[row - 1] === target[column - 1];
      const at = (line: number[], index: number) => line[index] ?? Number.POSITIVE_INFINITY;
      let best = Math.min(
        at(last, column) + 1,
        at(now, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
      );
      if (
        row > 1 &&
        column > 1 &&
        typed[row - 1] === target[column - 2] &&
        typed[row - 2] === target[column - 1]
      )
        best = Math.min(best, at(before, column - 2) + 1);
      now.push(best);
    }
    before = last;
    last = now;
  }
  return Math.min(...last.slice(-2));
}

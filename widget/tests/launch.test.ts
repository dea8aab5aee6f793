// From the press on Evolution's icon to an open session, with everything that can go wrong on the way.
import { expect, test } from "vitest";
import { ApiProblem } from "../src/api/problem";
import { createLaunch, type LaunchCalls, launchAt, launchKept } from "../src/boot/launch";
import { FakeClock, opened, SESSION, settled } from "./fakes";

const LAUNCH = { context: "YWJj+w==", signature: "ZGVm" };

/** A gateway that answers when told to, in a browser that keeps cookies or not. */
function world({
  keepsCookies = true,
  ticket = null as string | null,
  unread = null as ApiProblem | null,
} = {}) {
  const answers: ((problem?: ApiProblem) => void)[] = [];
  const asked: object[] = [];
  const calls: LaunchCalls = {
    start: (launch) => {
      asked.push(launch);
      return new Promise((resolve, reject) => {
        answers.push((problem) => (problem ? reject(problem) : resolve({ ticket })));
      });
    },
    session: async () => {
      if (!keepsCookies) throw new ApiProblem(401, {});
      if (unread) throw unread;
      return SESSION;
    },
  };
  return { calls, answers, asked, clock: new FakeClock() };
}

test("only the launch's own address starts a launch", () => {
  expect(launchAt({ pathname: "/", search: "?context=a&signature=b" })).toBeNull();
  expect(launchAt({ pathname: "/launch", search: "?context=YWJj%2Bw%3D%3D&signature=ZGVm" })).toEqual(LAUNCH);
  expect(launchAt({ pathname: "/launch", search: "" })).toEqual({ context: "", signature: "" });
});

test("a reload goes on with the launch that the page kept, and with nothing else", () => {
  expect(launchKept({ launch: LAUNCH })).toEqual(LAUNCH);
  for (const state of [null, undefined, "text", {}, { launch: { context: "a" } }]) {
    expect(launchKept(state)).toBeNull();
  }
});

test("the page says that Medtech is slow, and after twelve seconds that nothing came", async () => {
  const { calls, answers, asked, clock } = world();
  const launching = createLaunch(LAUNCH, false, calls, clock);
  const opening = launching.run();
  expect(launching.phase.value.name).toBe("asking");
  await clock.pass(4_000);
  expect(launching.phase.value.name).toBe("slow");
  await clock.pass(8_000);
  expect(launching.phase.value.name).toBe("silent");
  answers[0]?.();
  expect(await opening).toEqual({ session: SESSION });
  expect(asked).toEqual([{ ...LAUNCH, framed: false }]);
});

test("after a problem it can be tried again, and the older attempt no longer counts", async () => {
  const { calls, answers, clock } = world();
  const launching = createLaunch(LAUNCH, false, calls, clock);
  const first = launching.run();
  answers[0]?.(new ApiProblem(504, { title: "Medtech is not answering" }));
  expect(await first).toBeNull();
  expect(launching.phase.value).toMatchObject({
    name: "problem",
    problem: { title: "Medtech is not answering" },
  });

  const second = launching.run();
  expect(launching.phase.value.name).toBe("asking");
  await clock.pass(12_000);
  expect(launching.phase.value.name).toBe("silent");
  const third = launching.run();
  answers[2]?.();
  expect(await third).toEqual({ session: SESSION });
  answers[1]?.(new ApiProblem(504, {}));
  expect(await second).toBeNull();
  await settled();
  expect(launching.phase.value.name).toBe("asking");
});

test("a frame whose cookie is refused gets a way into a tab, and a tab gets told why", async () => {
  const frame = world({ keepsCookies: false, ticket: "once" });
  const framed = createLaunch(LAUNCH, true, frame.calls, frame.clock);
  const opening = framed.run();
  frame.answers[0]?.();
  expect(await opening).toBeNull();
  expect(framed.phase.value).toEqual({ name: "refused", ticket: "once" });

  const tab = world({ keepsCookies: false });
  const alone = createLaunch(LAUNCH, false, tab.calls, tab.clock);
  const again = alone.run();
  tab.answers[0]?.();
  expect(await again).toBeNull();
  expect(alone.phase.value).toEqual({ name: "no-cookie" });
});

test("a session that can't be read at once is open all the same, unless nothing answers", async () => {
  const broken = world({ unread: new ApiProblem(500, {}) });
  const opening = createLaunch(LAUNCH, false, broken.calls, broken.clock).run();
  broken.answers[0]?.();
  expect(await opening).toEqual({ session: null });

  const silent = world({ unread: new ApiProblem(0, {}) });
  const launching = createLaunch(LAUNCH, false, silent.calls, silent.clock);
  const waiting = launching.run();
  silent.answers[0]?.();
  expect(await waiting).toBeNull();
  expect(launching.phase.value.name).toBe("problem");
});

test("the desk takes the session that was just opened, and doesn't ask for it again", async () => {
  const { store, gateway } = await opened();
  gateway.calls = [];
  await store.session.start(SESSION);
  expect(gateway.calls).not.toContain("session");
  expect(store.session.phase.value).toBe("open");
});

// A guest network's sign-in page, a proxy or a firewall answers in the gateway's place: that is no answer of the gateway.
import { afterEach, expect, test, vi } from "vitest";
import { createGateway } from "../src/api/client";
import { upload } from "../src/api/requests";
import { createPhoneGateway } from "../src/phone/gateway";

const PAGE = "<html>Sign in to the guest network</html>";
const NO_ANSWER = { status: 0, temporary: true, sessionEnded: false };

afterEach(() => vi.unstubAllGlobals());

/** `fetch` and XMLHttpRequest get this answer. */
function answering(status: number, body: string, headers: Record<string, string> = {}) {
  vi.stubGlobal("fetch", async () => new Response(body, { status, headers }));
  class Request {
    status = status;
    responseText = body;
    upload = {};
    onload = () => {};
    open() {}
    abort() {}
    setRequestHeader() {}
    getResponseHeader = (name: string) => headers[name] ?? null;
    send() {
      queueMicrotask(() => {
        this.onload();
      });
    }
  }
  vi.stubGlobal("XMLHttpRequest", Request);
}

const photo = () => upload(new Blob(["photo"]), {}, () => {});

test.each([200, 401, 403, 407, 410, 502, 511])(
  "a page with status %d says nothing of code, session or photo",
  async (status) => {
    answering(status, PAGE);
    const gateway = createPhoneGateway();
    await expect(gateway.claim({ token: "t", nonce: "n", unsentFor: [] })).rejects.toMatchObject(NO_ANSWER);
    await expect(gateway.session()).rejects.toMatchObject(NO_ANSWER);
    await expect(gateway.remove("a")).rejects.toMatchObject(NO_ANSWER);
    await expect(photo()).rejects.toMatchObject(NO_ANSWER);
  },
);

test("an answer that names no image has not taken the photo", async () => {
  answering(200, '{"success":true}');
  await expect(photo()).rejects.toMatchObject(NO_ANSWER);
});

test("a proxy's limit is told as a limit on the way", async () => {
  answering(413, PAGE);
  await expect(photo()).rejects.toMatchObject({
    status: 413,
    title: "Too large for the network",
    temporary: false,
  });
});

test("what the gateway itself says counts, with its reference", async () => {
  answering(401, JSON.stringify({ title: "Session ended" }));
  await expect(createPhoneGateway().session()).rejects.toMatchObject({ status: 401, sessionEnded: true });
  answering(500, "Internal Server Error", { "X-Correlation-Id": "0d9f4711" });
  await expect(photo()).rejects.toMatchObject({ status: 500, reference: "0d9f4711" });
});

test("a page in place of a photo or a file is neither", async () => {
  answering(200, PAGE);
  const gateway = createGateway();
  const asked = { limit: "500kB", identified: false };
  await expect(gateway.thumb("a")).rejects.toMatchObject(NO_ANSWER);
  await expect(gateway.content("a")).rejects.toMatchObject(NO_ANSWER);
  await expect(gateway.referralFile("c", "a", asked)).rejects.toMatchObject(NO_ANSWER);
  await expect(gateway.referralZip("c", asked)).rejects.toMatchObject(NO_ANSWER);
  answering(200, "the photo", { "X-Correlation-Id": "0d9f4711" });
  expect(await (await gateway.content("a")).text()).toBe("the photo");
});

import { expect, it } from "vitest";
import { authorization, giveToken, tokenIsWanted, wantToken } from "./token";

it("is asked for once: the refusal of a request from before it was given is old news", () => {
  wantToken(null);
  expect(tokenIsWanted()).toBe(true);
  giveToken("secret");
  expect(authorization()).toEqual({ Authorization: "Bearer secret" });
  wantToken(null);
  expect(tokenIsWanted()).toBe(false);
  wantToken("secret");
  expect(tokenIsWanted()).toBe(true);
});

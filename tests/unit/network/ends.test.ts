import { describe, expect, it } from "vitest";
import { classNames } from "../../../host/model/usualFlows.js";
import { classOf } from "../../../host/network/ends.js";
import { endsByClass } from "../../support/endsByClass.js";

describe("an end's class", () => {
  it.each(endsByClass)("%s: %s", (address, endClass) => expect(classOf(address)).toBe(endClass));

  it("is none of a name or a pair", () => {
    for (const name of ["printer", "10.example.com", "10.0.0.1 10.0.0.2"])
      expect(classNames[classOf(name)]).toBe("of others");
  });
});

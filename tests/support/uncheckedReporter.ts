/** Says at the end of a run, after everything else, which tests did not run: nothing is left unchecked in silence. */
import type { Reporter, TestModule, Vitest } from "vitest/node";

export class UncheckedReporter implements Reporter {
  private vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.vitest = vitest;
  }

  onTestRunEnd(modules: ReadonlyArray<TestModule>): void {
    // whoever asks for some tests by name knows that the others did not run
    if (this.vitest?.config.testNamePattern) return;
    const lines = modules.flatMap((module) => {
      const skipped = [...module.children.allTests("skipped")];
      return skipped.map((test) => `  ${module.relativeModuleId}: ${test.fullName}`);
    });
    if (lines.length === 0) return;
    const why = "their data or programs are not on this machine, or they need ODDLINE_SOAK=1, or a bench measures it";
    this.vitest?.logger.log(`\nNOT CHECKED: ${lines.length} tests were skipped (${why}):\n${lines.join("\n")}\n`);
  }
}

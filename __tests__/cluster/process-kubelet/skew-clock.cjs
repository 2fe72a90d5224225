'use strict';
// Preloaded into a pod of a node whose clock is wrong: JavaScript sees that clock. Native code does not.
const skewMs = Number(process.env.FLOWBENCH_TEST_CLOCK_SKEW_MS ?? 0);
const RealDate = Date;

globalThis.Date = class Date extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(RealDate.now() + skewMs);
    else super(...args);
  }

  static now() {
    return RealDate.now() + skewMs;
  }
};

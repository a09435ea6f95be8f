// Jest runs tests in a context of its own, whose Error is not the one that Node's core throws (fs, fetch, sockets).
// `instanceof Error` must say in tests what it says in production.
import { TestEnvironment } from 'jest-environment-node';

export default class extends TestEnvironment {
  async setup() {
    await super.setup();
    for (const outer of [Error, TypeError]) {
      const inner = this.global[outer.name];
      Object.defineProperty(inner, Symbol.hasInstance, {
        value(value) {
          return Function.prototype[Symbol.hasInstance].call(this, value) || (this === inner && value instanceof outer);
        },
      });
    }
  }
}

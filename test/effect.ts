/** Effects as tests of `bun:test`: failures are reported as the error that was raised, with its place in the source. */
import { afterAll, test } from "bun:test"
import * as Arbitrary from "effect/Arbitrary"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as ManagedRuntime from "effect/ManagedRuntime"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/testing/TestClock"
import * as TestConsole from "effect/testing/TestConsole"

/** When a test counts as hanging, in milliseconds: on a busy machine some take minutes. */
const patience = 600_000

const raise = (cause: Cause.Cause<unknown>): never => {
  throw Cause.prettyErrors(cause)[0] ?? new Error(Cause.pretty(cause))
}

const settle = async <A, E>(exit: Promise<Exit.Exit<A, E>>): Promise<A> => {
  const settled = await exit
  return Exit.isSuccess(settled) ? settled.value : raise(settled.cause)
}

/** A test in a scope of its own, with a virtual clock and a captured console. */
export const effect = <A, E>(name: string, body: () => Effect.Effect<A, E, Scope.Scope>): void =>
  test(name, async () => {
    const services = Layer.mergeAll(TestConsole.layer, TestClock.layer())
    await settle(Effect.runPromiseExit(Effect.scoped(body()).pipe(Effect.provide(services))))
  }, patience)

/** A test in a scope of its own, with the real clock and console. */
export const live = <A, E>(name: string, body: () => Effect.Effect<A, E, Scope.Scope>): void =>
  test(name, async () => {
    await settle(Effect.runPromiseExit(Effect.scoped(body())))
  }, patience)

/** What properties draw their values from: the same in every run, so that a change is what makes a test fail. */
export const seed: string | number = process.env["LOCKPLANE_PROPERTY_SEED"] ?? 1

/** A property of all values of a schema. A failure names the shrunk value, and the replay that finds it again. */
export const prop = <S extends Schema.Constraint, E>(
  name: string,
  schema: S,
  property: (value: S["Type"]) => boolean | Effect.Effect<boolean, E>,
  options?: Arbitrary.CheckOptions
): void =>
  test(name, async () => {
    const result = await settle(
      Effect.runPromiseExit(Arbitrary.checkEffect(Arbitrary.schema(schema), property, { seed, ...options }))
    )
    const failure = Arbitrary.formatCheckFailure(result)
    if (failure !== undefined) throw new Error(failure)
  }, patience)

/** Builds a layer once for the tests of a `describe` block, with the real clock; gives the function that declares them. */
export const layer = <R, E>(layer: Layer.Layer<R, E>) => {
  const runtime = ManagedRuntime.make(layer)
  afterAll(() => runtime.dispose())
  return <A, E2>(name: string, body: () => Effect.Effect<A, E2, R | Scope.Scope>): void =>
    test(name, async () => {
      await settle(runtime.runPromiseExit(Effect.scoped(body())))
    }, patience)
}

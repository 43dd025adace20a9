#!/usr/bin/env node
/** The executable: the command line on the services of the operating system. */
import * as NodeRuntime from "@effect/platform-node-shared/NodeRuntime"
import * as Effect from "effect/Effect"
import { run, teardown } from "../src/cli/Cli.ts"
import * as Platform from "../src/platform.ts"

run.pipe(Effect.provide(Platform.layer), NodeRuntime.runMain({ teardown, disableErrorReporting: true }))

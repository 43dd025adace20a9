import { testPages } from "./examples.ts"

await testPages(2)

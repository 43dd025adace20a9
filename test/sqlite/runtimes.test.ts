/** The main job on a SQLite file by the program itself, on every runtime: the same plans byte by byte, and the same databases. */
import { Database } from "bun:sqlite"
import { expect, test } from "bun:test"
import * as fs from "node:fs/promises"
import { tmpdir } from "node:os"
import * as path from "node:path"
import { fileURLToPath } from "node:url"
import { content } from "../conformance/sqlite/Rows.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const program = path.join(root, "bin", "lockplane.ts")

const [major = 0, minor = 0] =
  (Bun.which("node") === null ? "" : Bun.spawnSync(["node", "--version"]).stdout.toString())
    .match(/\d+/g)?.map(Number) ?? []
const runtimes: ReadonlyArray<readonly [name: string, command: ReadonlyArray<string>]> = [
  ["Bun", [process.execPath]],
  ["Deno", [path.join(root, "node_modules", ".bin", "deno"), "run", "-A"]],
  // the first that reads TypeScript as it is
  ...major > 22 || major === 22 && minor >= 18 ? [["Node", ["node"]] as const] : []
]
if (runtimes.length < 3) console.warn(`SKIPPED: the SQLite job on Node, which is too old here (${major}.${minor})`)

const before = `
  CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT COLLATE NOCASE, born TEXT);
  CREATE TABLE posts (id INTEGER PRIMARY KEY, author INTEGER REFERENCES people ON DELETE CASCADE, body BLOB);
  CREATE VIEW authors AS SELECT DISTINCT name FROM people JOIN posts ON author = people.id;
  CREATE TRIGGER tidy AFTER DELETE ON people BEGIN DELETE FROM posts WHERE author = old.id; END;
  INSERT INTO people VALUES (3, 'Ada', '1815'), (9007199254740993, 'Größe', NULL);
  INSERT INTO posts VALUES (1, 3, x'00ff'), (2, 9007199254740993, zeroblob(3));`

const after = `
  CREATE TABLE people (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL COLLATE NOCASE, born TEXT, UNIQUE (name));
  CREATE TABLE posts (id INTEGER PRIMARY KEY, author INTEGER REFERENCES people ON DELETE CASCADE, body BLOB, seen INT DEFAULT 0);
  CREATE VIEW authors AS SELECT DISTINCT name FROM people JOIN posts ON author = people.id;
  CREATE TRIGGER tidy AFTER DELETE ON people BEGIN DELETE FROM posts WHERE author = old.id; END;
  CREATE INDEX by_author ON posts (author) WHERE seen = 0;`

/** Plans, applies and rolls back on a file; gives every answer of the program but the time, and what the file holds after each. */
const job = async (command: ReadonlyArray<string>): Promise<ReadonlyArray<unknown>> => {
  const folder = await fs.mkdtemp(path.join(tmpdir(), "lockplane-runtime-"))
  try {
    const lockplane = (...parameters: ReadonlyArray<string>): string => {
      const { exitCode, stderr, stdout } = Bun.spawnSync([...command, program, ...parameters], {
        cwd: folder,
        env: { ...process.env, NO_COLOR: "1", LOCKPLANE_CACHE_DIR: path.join(folder, "cache") }
      })
      if (exitCode !== 0) throw new Error(`lockplane ${parameters.join(" ")} ended with ${exitCode}\n${stderr}`)
      return stdout.toString()
    }
    const file = path.join(folder, "app.db")
    const database = new Database(file, { create: true })
    database.run(before)
    database.close()
    await fs.writeFile(path.join(folder, "new.lp.sql"), after)
    const start = content(file)
    const plan = lockplane("plan", "--from", "app.db", "--to", "new.lp.sql")
    await fs.writeFile(path.join(folder, "plan.json"), plan)
    const introspected = lockplane("introspect", "app.db", "--format", "sql")
    const rollback = lockplane("rollback", "plan.json", "--from", "app.db")
    lockplane("apply", "plan.json", "--target", "app.db", "--auto-approve")
    const applied = content(file)
    lockplane("rollback", "plan.json", "--target", "app.db", "--auto-approve", "--allow-destructive")
    expect(JSON.parse(content(file))[1]).toEqual(JSON.parse(start)[1])
    return [plan, introspected, rollback, applied, content(file)]
  } finally {
    await fs.rm(folder, { recursive: true, force: true })
  }
}

const first = job(runtimes[0]?.[1] ?? [])

for (const [name, command] of runtimes) {
  test(`${name} plans, applies and rolls back on a SQLite file like the others`, async () => {
    expect(await job(command)).toEqual([...await first])
  }, 120_000)
}

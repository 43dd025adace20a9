/** Revisions of Alembic: Python that executes the statements of a plan just as they are. Pure. */
import * as Result from "effect/Result"
import { sha256Hex } from "../Digest.ts"
import { type Plan, statementsOf } from "../Plan.ts"
import type { Format, Request, Trouble } from "./Format.ts"
import { type Group, groupsOf, headingOf, noWayBack, originOf, piecesOf, settingsOf } from "./Script.ts"

/** A text as a literal of Python, which keeps its lines where it has several. */
export const pythonString = (text: string): string => {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll(
    /[\p{Cc}\p{Zl}\p{Zp}\ud800-\udfff]/gu,
    (char) => char === "\n" ? char : `\\u${(char.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`
  )
  return escaped.includes("\n")
    ? `"""${escaped.replaceAll("\"\"\"", "\\\"\\\"\\\"").replace(/"$/, "\\\"")}"""`
    : `"${escaped.replaceAll("\"", "\\\"")}"`
}

const revisionLine = /^revision\s*(?::[^=\n]*)?=\s*(["'])([^"']+)\1/m
const downLine = /^down_revision\s*(?::[^=\n]*)?=\s*(None\b|\([^)]*\)|\[[^\]]*\]|"[^"]*"|'[^']*')/m

/** The revisions that no other one follows. */
export const headsOf = (files: ReadonlyMap<string, string>): Result.Result<ReadonlyArray<string>, Trouble> => {
  const revisions = new Set<string>()
  const followed = new Set<string>()
  for (const [path, text] of files) {
    const revision = revisionLine.exec(text)?.[2]
    if (revision === undefined) continue
    const down = downLine.exec(text)?.[1]
    if (down === undefined) {
      return Result.fail({
        detail: `${path}: what the revision follows cannot be read`,
        next: "Write it as down_revision = \"…\", or None"
      })
    }
    revisions.add(revision)
    for (const [, , name = ""] of down.matchAll(/(["'])([^"']+)\1/g)) followed.add(name)
  }
  const heads = [...revisions].filter((revision) => !followed.has(revision)).toSorted()
  return revisions.size > 0 && heads.length === 0
    ? Result.fail({ detail: "each revision follows another one, in a circle", next: "Correct their down_revision" })
    : Result.succeed(heads)
}

/** SQLAlchemy formats a DDL text with `%`. It reads no parameters out of it, unlike a plain string. */
const execute = (sql: string): string => `    op.execute(DDL(${pythonString(sql.replaceAll("%", "%%"))}))`

const groupText = (group: Group): string =>
  [
    ...settingsOf(group).map(execute),
    ...group.flatMap((one) => [`    # ${headingOf(one)}`, ...statementsOf(one.step).map(execute)])
  ].join("\n")

/** Commits what was done so far and begins anew, as Alembic does around such a block. */
const commit = `    # what was done so far is committed here
    with op.get_context().autocommit_block():
        pass`

const body = (plan: Plan | undefined): string =>
  plan === undefined
    ? `    raise NotImplementedError(${pythonString(noWayBack)})`
    : plan.steps.length === 0
    ? "    pass"
    : plan.dialect === "sqlite"
    ? groupsOf(plan).map((group) => `    execute(${statementList(plan, group)})`).join("\n")
    : groupsOf(plan).map(groupText).join(`\n${commit}\n`)

/** The statements of a transaction as arguments. */
const statementList = (plan: Plan, group: Group): string =>
  piecesOf(plan, group).flatMap(({ comment, sql }) => [
    ...comment === undefined ? [] : [`\n        # ${comment}`],
    `\n        ${pythonString(sql)},`
  ]).join("") + "\n    "

/**
 * How a revision runs on SQLite: in one transaction that Python's driver does not meddle with (it begins them where it likes),
 * and with foreign keys off, which only works outside of one.
 */
const onSqlite = `

def execute(*statements: str) -> None:
    """All of the statements in one transaction, with foreign keys off."""
    context = op.get_context()
    if context.as_sql:
        raise NotImplementedError("This revision checks itself, and cannot be printed as a script")
    with context.autocommit_block():
        run = op.get_bind().exec_driver_sql
        foreign_keys = run("PRAGMA foreign_keys").scalar()
        run("PRAGMA foreign_keys = OFF")
        try:
            run("BEGIN IMMEDIATE")
            try:
                for statement in statements:
                    run(statement)
                run("COMMIT")
            except BaseException:
                run("ROLLBACK")
                raise
        finally:
            run(f"PRAGMA foreign_keys = {foreign_keys}")
`

/** The folder of the revisions: the one that is named, or `versions` in Alembic's own. */
const prefixOf = ({ existing }: Request): string => existing.has("env.py") ? "versions/" : ""

const revision = ({ existing, name, now, plan, rollback }: Request, down: string | undefined): string => {
  const id = sha256Hex(JSON.stringify([down, name, now, plan, rollback, [...existing.keys()]])).slice(0, 12)
  return `"""${name.replaceAll("_", " ")}

Revision ID: ${id}
Revises: ${down ?? ""}
Create Date: ${new Date(now).toISOString().slice(0, 19).replace("T", " ")}

${originOf(plan).join("\n").replaceAll(/["\\]/g, "")}
"""
from typing import Sequence, Union

from alembic import op${plan.dialect === "sqlite" ? "" : "\nfrom sqlalchemy import DDL"}

revision: str = "${id}"
down_revision: Union[str, Sequence[str], None] = ${down === undefined ? "None" : pythonString(down)}
branch_labels: Union[str, Sequence[str], None] = None
depends_on: Union[str, Sequence[str], None] = None
${plan.dialect === "sqlite" ? onSqlite : ""}

def upgrade() -> None:
${body(plan)}


def downgrade() -> None:
${body(rollback)}
`
}

/** Alembic. */
export const alembic: Format = {
  name: "alembic",
  title: "Alembic",
  goesBack: true,
  reads: /\.py$/,
  sqlite: {},
  needsFolder: "what the revision follows is found in the folder of the others",
  files: (request) => {
    const prefix = prefixOf(request)
    const files = new Map(
      [...request.existing].filter(([path]) =>
        path.startsWith(prefix) && path.endsWith(".py") && !path.slice(prefix.length).includes("/")
      )
    )
    return Result.flatMap(headsOf(files), (heads) => {
      if (heads.length > 1) {
        return Result.fail({
          detail: `there are several heads: ${heads.join(", ")}`,
          next: "Join them first: alembic merge heads"
        })
      }
      const text = revision({ ...request, existing: files }, heads[0])
      const id = revisionLine.exec(text)?.[2] ?? ""
      return Result.succeed([{ path: `${prefix}${id}_${request.name}.py`, text }])
    })
  }
}

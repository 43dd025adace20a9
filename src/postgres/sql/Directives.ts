/**
 * `-- lockplane: renamed from NAME` comments: which definition each is about. A comment on a line of its own is about the
 * definition that begins behind it; one at the end of a line about the definition that stands on that line.
 */
import type { Problem } from "../../text/Problem.ts"
import { listAfter } from "./Lexer.ts"
import { objectKind } from "./ObjectKind.ts"
import type { Directive, ParsedFile, ParsedStatement } from "./Parser.ts"
import {
  all,
  as,
  type Fields,
  type Node,
  type QualifiedName,
  qualifiedName,
  relationName,
  textOf
} from "./ParseTree.ts"
import { parseName } from "./WrittenName.ts"

/** A definition in a statement, as far as it is told by the text alone. */
interface Definition {
  readonly start: number
  /** 0 for the statement itself, 1 for what it lists, 2 for what is within that. */
  readonly depth: number
  readonly kind: string
  /** As it is written; undefined where PostgreSQL chooses it. */
  readonly schema: string | undefined
  /** The rest of the name; undefined where PostgreSQL chooses it. */
  readonly name: ReadonlyArray<string> | undefined
  /** How many arguments a routine has. */
  readonly arguments?: number
}

/** A rename that a file declares, before the names are looked up. */
export interface WrittenRename {
  readonly definition: Definition
  readonly from: ReadonlyArray<string>
  readonly directive: Directive
}

/** The renames of a file, and the comments that are none. */
export interface WrittenRenames {
  readonly renames: ReadonlyArray<WrittenRename>
  readonly problems: ReadonlyArray<Problem>
}

/** The kinds in the words of identities where the words for statements are others. */
const kindWords: ReadonlyMap<string, string> = new Map([
  ["enum type", "enum"],
  ["extended statistics", "statistics"],
  ["procedural language", "language"]
])

const dotted = (name: QualifiedName | undefined, ...rest: ReadonlyArray<string>) => ({
  schema: name?.schema,
  name: name === undefined ? undefined : [name.name, ...rest]
})

const constraintsOf = (
  statement: ParsedStatement,
  owner: QualifiedName | undefined,
  kind: string,
  depth: number,
  constraints: ReadonlyArray<Node> | undefined
): ReadonlyArray<Definition> =>
  all(constraints, "Constraint").flatMap(([{ conname, location }]) =>
    conname === undefined
      ? []
      : [{ start: statement.offset(location), depth, kind, ...dotted(owner, conname) }]
  )

const columnDefinitions = (
  statement: ParsedStatement,
  owner: QualifiedName | undefined,
  kind: string,
  columns: ReadonlyArray<Fields<"ColumnDef">>
): ReadonlyArray<Definition> =>
  columns.flatMap(({ colname = "", constraints, location }) => [
    { start: statement.offset(location), depth: 1, kind, ...dotted(owner, colname) },
    ...constraintsOf(statement, owner, "constraint", 2, constraints)
  ])

/** What a statement says of parts: columns, constraints, labels, attributes. */
const parts = (statement: ParsedStatement): ReadonlyArray<Definition> => {
  const { node } = statement
  const table = as(node, "CreateStmt") ?? as(node, "CreateForeignTableStmt")?.base
  if (table !== undefined) {
    const owner = relationName(table.relation)
    return [
      ...columnDefinitions(statement, owner, "column", all(table.tableElts, "ColumnDef").map(([column]) => column)),
      ...constraintsOf(statement, owner, "constraint", 1, table.tableElts)
    ]
  }
  const composite = as(node, "CompositeTypeStmt")
  if (composite !== undefined) {
    return columnDefinitions(
      statement,
      relationName(composite.typevar),
      "attribute",
      all(composite.coldeflist, "ColumnDef").map(([attribute]) => attribute)
    )
  }
  const enumeration = as(node, "CreateEnumStmt")
  if (enumeration !== undefined) {
    const elements = listAfter(statement.tokens(), statement.start)
    return (enumeration.vals ?? []).flatMap((label, i) => {
      const start = elements[i]?.[0]?.start
      const text = textOf(label)
      return start === undefined || text === undefined
        ? []
        : [{ start, depth: 1, kind: "enum label", ...dotted(qualifiedName(enumeration.typeName), text) }]
    })
  }
  const domain = as(node, "CreateDomainStmt")
  if (domain !== undefined) {
    return constraintsOf(statement, qualifiedName(domain.domainname), "domain constraint", 1, domain.constraints)
  }
  const alter = as(node, "AlterTableStmt")
  if (alter === undefined) return []
  const owner = relationName(alter.relation)
  return all(alter.cmds, "AlterTableCmd").flatMap(([{ def, subtype }]) => {
    const constraint = subtype === "AT_AddConstraint" ? as(def, "Constraint") : undefined
    const column = subtype === "AT_AddColumn" ? as(def, "ColumnDef") : undefined
    const at = statement.offset((constraint ?? column)?.location)
    const start = statement.tokens().findLast((token) => token.start < at && token.word === "add")?.start ?? at
    return constraint?.conname !== undefined
      ? [{ start, depth: 1, kind: "constraint", ...dotted(owner, constraint.conname) }]
      : column?.colname !== undefined
      ? [{ start, depth: 1, kind: "column", ...dotted(owner, column.colname) }]
      : []
  })
}

/** What a statement defines as a whole. */
const whole = (statement: ParsedStatement): ReadonlyArray<Definition> => {
  const { node } = statement
  const define = (kind: string | undefined, name: ReturnType<typeof dotted>): ReadonlyArray<Definition> =>
    kind === undefined ? [] : [{ start: statement.start, depth: 0, kind: kindWords.get(kind) ?? kind, ...name }]
  const word = objectKind(node)
  const inSchema = (name: QualifiedName | undefined): ReadonlyArray<Definition> =>
    name === undefined ? [] : define(word, dotted(name))
  const plain = (name: string | undefined): ReadonlyArray<Definition> =>
    define(word, { schema: undefined, name: name === undefined ? undefined : [name] })
  const onTable = (kind: string, table: Fields<"RangeVar"> | undefined, name: string | undefined) =>
    define(kind, dotted(relationName(table), name ?? ""))
  switch (statement.tag) {
    case "CreateSchemaStmt":
      return plain(as(node, "CreateSchemaStmt")?.schemaname)
    case "CreateTrigStmt": {
      const trigger = as(node, "CreateTrigStmt")
      return onTable("trigger", trigger?.relation, trigger?.trigname)
    }
    case "CreatePolicyStmt": {
      const policy = as(node, "CreatePolicyStmt")
      return onTable("policy", policy?.table, policy?.policy_name)
    }
    case "RuleStmt": {
      const rule = as(node, "RuleStmt")
      return onTable("rule", rule?.relation, rule?.rulename)
    }
    case "IndexStmt": {
      const index = as(node, "IndexStmt")
      return define("index", {
        schema: index?.relation?.schemaname,
        name: index?.idxname === undefined ? undefined : [index.idxname]
      })
    }
    case "CreateFunctionStmt": {
      const routine = as(node, "CreateFunctionStmt")
      const inputs =
        all(routine?.parameters, "FunctionParameter").filter(([{ mode }]) =>
          mode !== "FUNC_PARAM_OUT" && mode !== "FUNC_PARAM_TABLE"
        ).length
      return inSchema(qualifiedName(routine?.funcname)).map((one) => ({ ...one, arguments: inputs }))
    }
    case "AlterTableStmt": {
      const [only, ...others] = parts(statement)
      return only === undefined || others.length > 0 ? [] : [{ ...only, start: statement.start, depth: 0 }]
    }
    case "CreateStmt":
      return inSchema(relationName(as(node, "CreateStmt")?.relation))
    case "CreateForeignTableStmt":
      return inSchema(relationName(as(node, "CreateForeignTableStmt")?.base?.relation))
    case "ViewStmt":
      return inSchema(relationName(as(node, "ViewStmt")?.view))
    case "CreateTableAsStmt":
      return inSchema(relationName(as(node, "CreateTableAsStmt")?.into?.rel))
    case "CompositeTypeStmt":
      return inSchema(relationName(as(node, "CompositeTypeStmt")?.typevar))
    case "CreateSeqStmt":
      return inSchema(relationName(as(node, "CreateSeqStmt")?.sequence))
    case "CreateEnumStmt":
      return inSchema(qualifiedName(as(node, "CreateEnumStmt")?.typeName))
    case "CreateRangeStmt":
      return inSchema(qualifiedName(as(node, "CreateRangeStmt")?.typeName))
    case "CreateDomainStmt":
      return inSchema(qualifiedName(as(node, "CreateDomainStmt")?.domainname))
    case "CreateStatsStmt":
      return inSchema(qualifiedName(as(node, "CreateStatsStmt")?.defnames))
    case "DefineStmt":
      return inSchema(qualifiedName(as(node, "DefineStmt")?.defnames))
    case "CreateConversionStmt":
      return inSchema(qualifiedName(as(node, "CreateConversionStmt")?.conversion_name))
    case "CreateEventTrigStmt":
      return plain(as(node, "CreateEventTrigStmt")?.trigname)
    case "CreateForeignServerStmt":
      return plain(as(node, "CreateForeignServerStmt")?.servername)
    case "CreateFdwStmt":
      return plain(as(node, "CreateFdwStmt")?.fdwname)
    case "CreatePublicationStmt":
      return plain(as(node, "CreatePublicationStmt")?.pubname)
    case "CreateSubscriptionStmt":
      return plain(as(node, "CreateSubscriptionStmt")?.subname)
    case "CreatePLangStmt":
      return plain(as(node, "CreatePLangStmt")?.plname)
    case "CreateOpClassStmt":
      return inSchema(qualifiedName(as(node, "CreateOpClassStmt")?.opclassname))
    case "CreateOpFamilyStmt":
      return inSchema(qualifiedName(as(node, "CreateOpFamilyStmt")?.opfamilyname))
    default:
      return []
  }
}

const form = "-- lockplane: renamed from NAME"

/** What was meant, or why that cannot be told. */
type Aim = { readonly definition: Definition } | { readonly problem: string }

const aboveNothing =
  `there is no definition here that it could be about. Write ${form} on the line above a definition, or at the end of its line`

const aimAbove = (target: number, definitions: ReadonlyArray<Definition>): Aim => {
  const definition = definitions.find(({ start }) => start === target)
  return definition === undefined ? { problem: aboveNothing } : { definition }
}

const aimBeside = (
  file: ParsedFile,
  statement: ParsedStatement,
  directive: Directive,
  definitions: ReadonlyArray<Definition>
): Aim => {
  const line = file.position(directive.start).line
  const here = definitions.filter(({ start }) => start < directive.start && file.position(start).line === line)
  const isOver = directive.target >= statement.end
  const outer = Math.min(...here.map(({ depth }) => depth))
  const [first, ...others] = here.filter(({ depth }) => depth === outer)
  if (first !== undefined) {
    return others.length > 0 || outer === 0 && !isOver && here.length > 1
      ? { problem: "more than one definition stands on this line. Write each on a line of its own" }
      : { definition: first }
  }
  const last = isOver
    ? definitions.find(({ depth }) => depth === 0)
    : definitions.findLast(({ depth, start }) => start <= directive.target && depth < 2)
  return last === undefined ? { problem: aboveNothing } : { definition: last }
}

const said = /^renamed\s+from\s+(.+?)\s*;?$/i

const nameIn = (text: string, kind: string): ReadonlyArray<string> | undefined => {
  const isWord = /^[\p{L}\p{N}_]+$/u.test(text)
  return kind === "enum label" && isWord ? [text] : parseName(text)
}

const known = new WeakMap<ParsedFile, WrittenRenames>()

/** The renames that the comments of a file declare, and every such comment that means nothing. */
export const renamesIn = (file: ParsedFile): WrittenRenames => {
  const found = known.get(file)
  if (found !== undefined) return found
  const renames: Array<WrittenRename> = []
  const problems: Array<Problem> = []
  for (const directive of file.directives) {
    const report = (message: string): void => {
      problems.push({
        file: file.path,
        code: "invalid_directive",
        message,
        start: directive.start,
        end: directive.end
      })
    }
    const name = said.exec(directive.text)?.[1]
    if (name === undefined) {
      report(`"lockplane: ${directive.text}" is not understood. Did you mean: ${form}`)
      continue
    }
    const statement = directive.trailing
      ? file.statements.findLast(({ start }) => start <= directive.target)
      : file.statements.find(({ end }) => directive.target < end)
    const definitions = statement === undefined
      ? []
      : [...whole(statement), ...parts(statement)].toSorted((a, b) => a.start - b.start || a.depth - b.depth)
    const aim = statement === undefined
      ? { problem: aboveNothing }
      : directive.trailing
      ? aimBeside(file, statement, directive, definitions)
      : aimAbove(directive.target, definitions)
    if ("problem" in aim) {
      report(aim.problem)
      continue
    }
    const from = nameIn(name, aim.definition.kind)
    if (from === undefined) report(`${name} is not a name. Write it as in SQL, quoted where it has to be`)
    else if (aim.definition.name === undefined) {
      report(
        `this ${aim.definition.kind} has no name of its own here. Give it one, so that it can be told what it was called`
      )
    } else if (
      renames.some(({ definition }) =>
        definition.start === aim.definition.start && definition.depth === aim.definition.depth
      )
    ) {
      report("this definition has such a comment already")
    } else renames.push({ definition: aim.definition, from, directive })
  }
  const result = { renames, problems }
  known.set(file, result)
  return result
}

/**
 * From what people say to pairs of things: renames that the files of the wanted schema declare, and those that are asked for
 * as `old=new`. What was done already is done; what cannot be meant is refused, with what could be.
 */
import { type Catalog, type CatalogObject, compareText, type DeclaredRename, type ObjectId } from "../Catalog.ts"
import { isPart, ownPart, type Pair, type RenameOptions, thingsOf } from "./Rename.ts"

/** A rename as people say it: in a file of the wanted schema, or as `old=new`. */
export type RenameWish = DeclaredRename | string

/** What the wishes come to. */
export interface ResolvedRenames {
  readonly pairs: ReadonlyArray<Pair>
  readonly problems: ReadonlyArray<string>
}

type Name = ReadonlyArray<string>
type Things = ReadonlyMap<ObjectId, CatalogObject>

/** `text` cut at the first `=` that stands in no quotes. */
const halves = (text: string): readonly [string, string] | undefined => {
  let quoted: string | undefined
  for (let i = 0; i < text.length; i++) {
    const char = text[i]
    if (quoted === undefined && (char === "\"" || char === "'")) quoted = char
    else if (char === quoted) quoted = undefined
    else if (char === "=" && quoted === undefined) return [text.slice(0, i).trim(), text.slice(i + 1).trim()]
  }
  return undefined
}

/** A kind in front of a name, and the name. */
const kindAndName = (text: string, kinds: ReadonlyArray<string>): readonly [string | undefined, string] => {
  const kind = kinds.filter((word) => text.toLowerCase().startsWith(`${word} `))
    .toSorted((a, b) => b.length - a.length)[0]
  return kind === undefined ? [undefined, text] : [kind, text.slice(kind.length + 1).trim()]
}

const list = (things: ReadonlyArray<CatalogObject>): string =>
  things.map(({ id }) => id).toSorted(compareText).slice(0, 8).join(", ") + (things.length > 8 ? " …" : "")

const same = (a: Name, b: Name): boolean => a.length === b.length && a.every((part, i) => part === b[i])

/** Resolves every wish against both schemas. */
export const resolveRenames = (
  source: Catalog,
  target: Catalog,
  wishes: ReadonlyArray<RenameWish>,
  options: RenameOptions
): ResolvedRenames => {
  const { naming } = options
  if (wishes.length === 0) return { pairs: [], problems: [] }
  const before = thingsOf(source, options.kindOf)
  const after = thingsOf(target, options.kindOf)
  const problems: Array<string> = []
  const oldOf = new Map<ObjectId, CatalogObject>()
  const newOf = new Map<ObjectId, CatalogObject>()
  const saidAt = new Map<ObjectId, string>()

  /** The name that a thing of the source has after the renames of what it is a part of. */
  const carried = (thing: CatalogObject): Name => {
    const parent = thing.parent === undefined ? undefined : before.get(thing.parent)
    if (isPart(thing, parent)) {
      return [...(newOf.get(parent.id)?.name ?? carried(parent)), thing.name.at(-1) ?? ""]
    }
    if (thing.name.length < 2) return thing.name
    const carrier = before.get(naming.renamingOf(thing.kind)?.carrier?.(thing, source) ?? "")
    const schema = carrier === undefined
      ? newOf.get(naming.identify("schema", [thing.name[0] ?? ""]))?.name[0] ?? thing.name[0]
      : (newOf.get(carrier.id)?.name ?? carried(carrier))[0]
    return [schema ?? "", ...thing.name.slice(1)]
  }
  /** The name that a thing of the target would have in the source if it had not been renamed itself. */
  const carriedBack = (thing: CatalogObject): Name => {
    const parent = thing.parent === undefined ? undefined : after.get(thing.parent)
    if (isPart(thing, parent)) {
      return [...(oldOf.get(parent.id)?.name ?? carriedBack(parent)), thing.name.at(-1) ?? ""]
    }
    if (thing.name.length < 2) return thing.name
    const carrier = after.get(naming.renamingOf(thing.kind)?.carrier?.(thing, target) ?? "")
    const schema = carrier === undefined
      ? oldOf.get(naming.identify("schema", [thing.name[0] ?? ""]))?.name[0] ?? thing.name[0]
      : (oldOf.get(carrier.id)?.name ?? carriedBack(carrier))[0]
    return [schema ?? "", ...thing.name.slice(1)]
  }
  const pair = (from: CatalogObject, to: CatalogObject, said: string): void => {
    const other = newOf.get(from.id) ?? oldOf.get(to.id)
    if (newOf.get(from.id) === to) return
    if (other !== undefined) {
      problems.push(
        `${said}: ${naming.describe(from)} cannot become ${naming.describe(to)}, because ${
          newOf.has(from.id) ? naming.describe(from) : naming.describe(to)
        } is named in another rename${saidAt.has(from.id) ? ` (${saidAt.get(from.id)})` : ""} too`
      )
      return
    }
    oldOf.set(to.id, from)
    newOf.set(from.id, to)
    saidAt.set(from.id, said)
  }
  /** True where what gives up its name takes, sooner or later, the name of the one that it gives it up for. */
  const isCircle = (old: CatalogObject, current: CatalogObject): boolean => {
    const seen = new Set<ObjectId>()
    for (let thing: CatalogObject | undefined = current; thing !== undefined && !seen.has(thing.id);) {
      if (thing.id === old.id) return true
      seen.add(thing.id)
      const next = newOf.get(thing.id)
      thing = next === undefined ? undefined : before.get(naming.identify(next.kind, carriedBack(next)))
    }
    return false
  }
  /** Things of the kind that the plan would drop, of the same parent: a wrong name would cost one of them. */
  const dropped = (kind: string, parent: CatalogObject | undefined): ReadonlyArray<CatalogObject> =>
    [...before.values()].filter((thing) =>
      thing.kind === kind && !newOf.has(thing.id) &&
      (parent === undefined || thing.parent === parent.id) &&
      !after.has(naming.identify(kind, carried(thing)))
    )

  const declared = wishes.filter((wish) => typeof wish !== "string")
    // parents first: the names of their parts are told by theirs
    .toSorted((a, b) => a.name.length - b.name.length || compareText(a.place, b.place))
  const asked = wishes.filter((wish) => typeof wish === "string")
  const later: Array<() => void> = []

  const declare = ({ from, kind, name, place }: DeclaredRename): void => {
    const to = after.get(naming.identify(kind, name))
    if (to === undefined) return
    const renaming = naming.renamingOf(kind)
    if (renaming === undefined) {
      problems.push(`${place}: ${naming.describe(to)} is of a kind that cannot be renamed`)
      return
    }
    const own = ownPart(to.name, renaming)
    const here = carriedBack(to)
    const isPartOf = own === 2
    const given = renaming.signature === true && from.at(-1)?.startsWith("(") === true ? from.slice(0, -1) : from
    const signature = given.length < from.length ? from.slice(-1) : undefined
    if (given.length > 2 || given.length === 2 && (isPartOf || own === 0)) {
      problems.push(
        `${place}: what ${naming.describe(to)} was called is one name, without its ${isPartOf ? "table" : "schema"}`
      )
      return
    }
    const oldName = given.length === 2
      ? [...given, ...here.slice(own + 1)]
      : here.map((part, i) => i === own ? given[0] ?? "" : part)
    const exact = before.get(
      naming.identify(kind, signature === undefined ? oldName : [...oldName.slice(0, -1), ...signature])
    )
    const overloads = [...before.values()].filter((thing) =>
      thing.kind === kind && same(thing.name.slice(0, own + 1), oldName.slice(0, own + 1))
    )
    const old = exact ?? (renaming.signature === true && overloads.length === 1 ? overloads[0] : undefined)
    const current = before.get(naming.identify(kind, here))
    if (old !== undefined && current !== undefined) {
      later.push(() => {
        // a chain: the one that holds the name gives it up
        if (newOf.has(current.id)) {
          if (isCircle(old, current)) {
            problems.push(
              `${place}: ${
                naming.describe(to)
              } and what it is declared as renamed from swap their names. A declaration that stays in the file would swap them back with the next plan: say it by --rename, for this plan alone`
            )
          }
          return
        }
        problems.push(
          `${place}: ${naming.describe(to)} is declared as renamed from ${
            naming.print(from)
          }, but the schema that the plan starts from has both. Take the declaration away, or drop one of them first`
        )
      })
    }
    if (old !== undefined) {
      if (old.id !== current?.id) pair(old, to, place)
      return
    }
    if (current !== undefined) return
    later.push(() => {
      const lost = dropped(kind, to.parent === undefined ? undefined : oldOf.get(to.parent) ?? before.get(to.parent))
      if (lost.length === 0) return
      problems.push(
        `${place}: ${naming.describe(to)} is declared as renamed from ${
          naming.print(from)
        }, but the schema that the plan starts from has neither. What would be dropped there: ${list(lost)}`
      )
    })
  }
  for (const wish of declared) declare(wish)

  /** The things that a name may mean: the fewer parts of the full name are left out, the better; `public` goes first. */
  const meant = (things: Things, kind: string | undefined, name: Name, nameOf: (thing: CatalogObject) => Name) => {
    const hits = [...things.values()].filter((thing) =>
      (kind === undefined || thing.kind === kind) && naming.renamingOf(thing.kind) !== undefined
    ).flatMap((thing) => {
      const full = nameOf(thing)
      const short = naming.renamingOf(thing.kind)?.signature === true ? full.slice(0, -1) : full
      return [full, short].filter((parts) => parts.length >= name.length && same(parts.slice(-name.length), name))
        .slice(0, 1).map((parts) => ({ thing, left: parts.length - name.length, first: full[0] === "public" ? 0 : 1 }))
    })
    const left = Math.min(...hits.map((hit) => hit.left))
    const near = hits.filter((hit) => hit.left === left)
    const first = Math.min(...near.map((hit) => hit.first))
    return near.filter((hit) => left === 0 || hit.first === first).map(({ thing }) => thing)
  }
  const ask = (wish: string, nameOf: (thing: CatalogObject) => Name): "found" | "missing" => {
    const said = `--rename ${wish}`
    const [left, right] = halves(wish) ?? []
    const [kind, oldText] = kindAndName(left ?? "", naming.kinds)
    const [newKind, newText] = kindAndName(right ?? "", naming.kinds)
    const [oldName, newName] = [naming.parse(oldText), naming.parse(newText)]
    if (oldName === undefined || newName === undefined || newKind !== undefined && newKind !== kind) {
      problems.push(`${said}: write it as OLD=NEW, such as users=people or "column public.users.name=full_name"`)
      return "found"
    }
    const olds = meant(before, kind, oldName, nameOf)
    if (olds.length === 0) return "missing"
    const targets = (old: CatalogObject): ReadonlyArray<CatalogObject> => {
      const renaming = naming.renamingOf(old.kind)
      const own = ownPart(old.name, renaming)
      const here = carried(old)
      const named = renaming?.signature === true && newName.at(-1)?.startsWith("(") === true
        ? newName.slice(0, -1)
        : newName
      // what the new name does not say of where the thing is, is as it was
      const owner = named.slice(0, -1)
      const place = [...here.slice(0, Math.max(0, own - owner.length)), ...owner]
      const wanted = (thing: CatalogObject): boolean =>
        thing.kind === old.kind && thing.name[own] === named.at(-1) && same(thing.name.slice(0, own), place)
      const exact = after.get(naming.identify(old.kind, here.map((part, i) => i === own ? named.at(-1) ?? "" : part)))
      const found = [...after.values()].filter(wanted)
      return exact !== undefined && found.includes(exact) ? [exact] : found
    }
    const pairs = olds.flatMap((from) => targets(from).map((to) => ({ from, to })))
    const [one] = pairs
    if (pairs.length > 1) {
      problems.push(
        `${said}: that may be ${list(pairs.map(({ from }) => from))} → ${
          list(pairs.map(({ to }) => to))
        }. Say which, by its kind and full name`
      )
    } else if (one !== undefined) {
      pair(one.from, one.to, said)
    } else {
      const kinds = new Set(olds.map((old) => old.kind))
      const created = [...after.values()].filter((thing) => kinds.has(thing.kind) && !before.has(thing.id))
      problems.push(
        `${said}: ${olds.map((old) => naming.describe(old)).join(" or ")} is there, but the wanted schema has no ${
          naming.print(newName)
        } of that kind.${created.length === 0 ? "" : ` New in it: ${list(created)}`}`
      )
    }
    return "found"
  }
  const rest = asked.filter((wish) => ask(wish, ({ name }) => name) === "missing")
  for (const wish of rest) {
    if (ask(wish, carried) === "found") continue
    const [left = "", right = ""] = halves(wish) ?? []
    const [kind, oldText] = kindAndName(left, naming.kinds)
    const newName = naming.parse(kindAndName(right, naming.kinds)[1])
    // done before: the new name is there, and the old one is not
    if (newName !== undefined && meant(before, kind, newName, ({ name }) => name).length > 0) continue
    const gone = [...before.values()].filter((thing) =>
      (kind === undefined ? thing.parent === undefined || after.has(thing.parent) : thing.kind === kind) &&
      naming.renamingOf(thing.kind) !== undefined && !after.has(thing.id)
    )
    problems.push(
      `--rename ${wish}: the schema that the plan starts from has no ${
        kind === undefined ? "" : `${kind} `
      }${oldText}.${gone.length === 0 ? "" : ` Only in it: ${list(gone)}`}`
    )
  }
  for (const check of later) check()
  for (const [id, to] of newOf) {
    const from = before.get(id)
    const current = before.get(naming.identify(to.kind, carriedBack(to)))
    const said = saidAt.get(id) ?? ""
    if (
      from === undefined || current === undefined || current.id === id || newOf.has(current.id) ||
      !said.startsWith("--rename")
    ) continue
    problems.push(
      `${said}: the schema that the plan starts from has both. Take the rename away, or drop one of them first`
    )
  }
  return {
    pairs: [...newOf].flatMap(([id, to]) => {
      const from = before.get(id)
      return from === undefined ? [] : [{ from, to }]
    }),
    problems: [...new Set(problems)]
  }
}

/** The pairs of things that one database keeps at one address, under two names. */
export const addressPairs = (from: Catalog, to: Catalog, options: RenameOptions): ReadonlyArray<Pair> => {
  const [before, after] = [thingsOf(from, options.kindOf), thingsOf(to, options.kindOf)]
  const at = new Map<string, CatalogObject>()
  for (const [id, address] of to.addresses?.() ?? []) {
    const thing = after.get(id)
    if (thing !== undefined) at.set(`${thing.kind} ${address}`, thing)
  }
  const pairs: Array<Pair> = []
  for (const [id, address] of from.addresses?.() ?? []) {
    const thing = before.get(id)
    const other = thing === undefined ? undefined : at.get(`${thing.kind} ${address}`)
    if (thing === undefined || other === undefined || other.id === id) continue
    if (options.naming.renamingOf(thing.kind) !== undefined) pairs.push({ from: thing, to: other })
  }
  return pairs
}

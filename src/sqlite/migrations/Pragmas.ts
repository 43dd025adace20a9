/** The PRAGMAs of migration files: which of them matter to what a file makes, and which to nothing of a schema. Data. */
import { nameOf } from "../sql/Lexer.ts"
import { placeOfName, says, type Words } from "../sql/Words.ts"

/** Those that decide what statements do; they are off at the beginning of each file. */
export const switches: ReadonlySet<string> = new Set([
  "case_sensitive_like",
  "defer_foreign_keys",
  "foreign_keys",
  "ignore_check_constraints",
  "legacy_alter_table",
  "recursive_triggers"
])

/** Those that are about the file or the connection, or only answer: nothing that a schema has. They are not run. */
const ofNoSchema: ReadonlySet<string> = new Set(
  ("analysis_limit application_id auto_vacuum automatic_index busy_timeout cache_size cache_spill cell_size_check " +
    "checkpoint_fullfsync collation_list compile_options count_changes data_version database_list encoding " +
    "foreign_key_check foreign_key_list freelist_count full_column_names fullfsync function_list hard_heap_limit " +
    "incremental_vacuum index_info index_list index_xinfo integrity_check journal_mode journal_size_limit locking_mode " +
    "max_page_count mmap_size module_list optimize page_count page_size pragma_list quick_check read_uncommitted " +
    "reverse_unordered_selects secure_delete short_column_names shrink_memory soft_heap_limit synchronous table_info " +
    "table_list table_xinfo temp_store threads trusted_schema user_version wal_autocheckpoint wal_checkpoint").split(
      " "
    )
)

/** What a PRAGMA does to a schema that files make. */
export type Pragma =
  | { readonly _tag: "Switch"; readonly name: string; readonly on: boolean }
  | { readonly _tag: "Nothing" }
  | { readonly _tag: "Unknown"; readonly name: string }

const isOn = (word: string): boolean => /^(?:on|yes|true|[1-9]\d*)$/i.test(word)

/** Reads a PRAGMA; undefined for every other statement. */
export const pragmaOf = (tokens: Words): Pragma | undefined => {
  if (!says(tokens, 0, "PRAGMA")) return undefined
  const at = placeOfName(tokens, 1)
  const token = tokens[at]
  const name = token === undefined ? "" : nameOf(token).toLowerCase()
  const value = tokens[at + 2]
  if (ofNoSchema.has(name)) return { _tag: "Nothing" }
  if (!switches.has(name)) return { _tag: "Unknown", name }
  return value === undefined ? { _tag: "Nothing" } : { _tag: "Switch", name, on: isOn(nameOf(value)) }
}

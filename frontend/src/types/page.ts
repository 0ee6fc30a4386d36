/** A page of a list. */
export interface Page<Item> {
  items: Item[]
  nextCursor: string | null
  /** null: how many there are is not known. */
  total: number | null
}

/** What went wrong, and what to do. */
export interface Problem {
  title: string
  status: number
  detail: string
}

import {createSlice, nanoid, type PayloadAction} from '@reduxjs/toolkit'

export interface Notice {
  id: string
  text: string
  kind: 'done' | 'failed'
}

/** What was just done, for a moment. */
const slice = createSlice({
  name: 'notices',
  initialState: [] as Notice[],
  reducers: {
    noticed: {
      reducer: (state, action: PayloadAction<Notice>) => [...state.slice(-3), action.payload],
      prepare: (text: string, kind: Notice['kind'] = 'done') => ({payload: {id: nanoid(), text, kind}}),
    },
    dismissed: (state, action: PayloadAction<string>) => state.filter((each) => each.id !== action.payload),
  },
})

export const {noticed, dismissed} = slice.actions
export default slice.reducer

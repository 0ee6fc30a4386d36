import {createSlice, type PayloadAction} from '@reduxjs/toolkit'

export interface SavedView {
  name: string
  /** The overview's address, without its question mark. */
  query: string
}

export interface Preferences {
  zone: 'local' | 'utc'
  views: SavedView[]
}

const KEY = 'jobimport.preferences'
const fresh: Preferences = {zone: 'local', views: []}

/** What this browser kept, as far as it can be read. */
export function keptPreferences(): Preferences {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Preferences>
    return {
      zone: kept.zone === 'utc' ? 'utc' : 'local',
      views: Array.isArray(kept.views) ? kept.views.filter((each) => each.name && typeof each.query === 'string') : [],
    }
  } catch {
    return fresh
  }
}

export function keepPreferences(preferences: Preferences): void {
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences))
  } catch {
    // Storage may be forbidden; then they last as long as the page.
  }
}

const slice = createSlice({
  name: 'preferences',
  initialState: fresh,
  reducers: {
    preferencesRead: (_state, action: PayloadAction<Preferences>) => action.payload,
    zoneChosen(state, action: PayloadAction<Preferences['zone']>) {
      state.zone = action.payload
    },
    viewSaved(state, action: PayloadAction<SavedView>) {
      state.views = [...state.views.filter((each) => each.name !== action.payload.name), action.payload]
    },
    viewForgotten(state, action: PayloadAction<string>) {
      state.views = state.views.filter((each) => each.name !== action.payload)
    },
  },
})

export const {preferencesRead, zoneChosen, viewSaved, viewForgotten} = slice.actions
export default slice.reducer

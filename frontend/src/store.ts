import {configureStore} from '@reduxjs/toolkit'
import {useDispatch, useSelector} from 'react-redux'
import {api} from './api/base'
import live from './live/slice'
import notices from './notices'
import preferences from './preferences'

export const makeStore = () =>
  configureStore({
    reducer: {live, notices, preferences, [api.reducerPath]: api.reducer},
    middleware: (defaults) => defaults().concat(api.middleware),
  })

export type AppStore = ReturnType<typeof makeStore>
export type RootState = ReturnType<AppStore['getState']>
export const useAppSelector = useSelector.withTypes<RootState>()
export const useAppDispatch = useDispatch.withTypes<AppStore['dispatch']>()

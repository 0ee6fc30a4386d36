import {configureStore} from '@reduxjs/toolkit'
import {useSelector} from 'react-redux'
import {api} from './api'
import live from './live/slice'

export const makeStore = () =>
  configureStore({
    reducer: {live, [api.reducerPath]: api.reducer},
    middleware: (defaults) => defaults().concat(api.middleware),
  })

export type AppStore = ReturnType<typeof makeStore>
export type RootState = ReturnType<AppStore['getState']>
export const useAppSelector = useSelector.withTypes<RootState>()

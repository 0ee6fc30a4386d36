import {useCallback, useEffect, useState} from 'react'

/** Seconds that are left, and what begins to count them down. */
export function useCountdown(): [left: number, begin: (seconds: number) => void] {
  const [until, setUntil] = useState(0)
  const [left, setLeft] = useState(0)
  const begin = useCallback((seconds: number) => {
    setUntil(Date.now() + seconds * 1000)
    setLeft(seconds)
  }, [])
  useEffect(() => {
    if (until === 0) return
    const timer = setInterval(() => {
      const now = Math.max(0, Math.ceil((until - Date.now()) / 1000))
      setLeft(now)
      if (now === 0) setUntil(0)
    }, 250)
    return () => clearInterval(timer)
  }, [until])
  return [left, begin]
}

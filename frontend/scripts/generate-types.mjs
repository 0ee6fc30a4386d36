// Writes src/types/gateway.ts from docs/openapi.json; with --check says where it is not up to date.
import {readFileSync, writeFileSync} from 'node:fs'
import path from 'node:path'
import openapi, {astToString} from 'openapi-typescript'

const here = (name) => path.resolve(import.meta.dirname, name)
const target = here('../src/types/gateway.ts')
const described = JSON.parse(readFileSync(here('../../docs/openapi.json'), 'utf8'))

// What goes over the wire is enough: the addresses are in src/api, and tried by tests/browser.
const types = astToString(await openapi({...described, paths: {}}))
const head = '// Generated from docs/openapi.json by `make generate`: do not edit.\n'
const text = head + types

if (process.argv.includes('--check')) {
  let kept = ''
  try {
    kept = readFileSync(target, 'utf8')
  } catch {
    // Missing is the same as out of date.
  }
  if (kept !== text) {
    console.error('frontend/src/types/gateway.ts is not what docs/openapi.json says: run `make generate`')
    process.exit(1)
  }
} else {
  writeFileSync(target, text)
}

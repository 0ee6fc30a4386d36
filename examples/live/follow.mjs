// Follow all imports live, by the protocol of docs/api.md: npm install socket.io-client
//
//   node follow.mjs http://127.0.0.1:8080 [TOKEN]
//
// Prints one line for each change; ends with Ctrl-C. It shows the whole protocol: listen first, take
// a snapshot, apply what is newer, and take a new one after a gap, a new epoch or a reconnect.
import {io} from 'socket.io-client'

const [url, token] = process.argv.slice(2)
const socket = io(url, {transports: ['websocket'], reconnectionDelayMax: 2000, auth: token ? {token} : {}})

let epoch = null
let seqs = {}
let waiting = []
let subscribing = false

async function subscribe() {
  if (subscribing) return
  subscribing = true
  let answer
  try {
    answer = await socket.timeout(30_000).emitWithAck('subscribe', {room: 'imports'})
  } catch {
    return // the connection was lost; `connect` comes again
  } finally {
    subscribing = false
  }
  if (answer.error) return console.error(answer.error.detail)
  epoch = answer.epoch
  seqs = answer.seqs
  console.log(`${answer.snapshot.length} imports`)
  const held = waiting
  waiting = []
  held.forEach(take)
}

function take(message) {
  if (subscribing) return waiting.push(message)
  const known = seqs[message.room]
  if (message.epoch !== epoch || known === undefined || message.seq > known + 1) subscribe()
  else if (message.seq === known + 1) {
    seqs[message.room] = message.seq
    show(message)
  }
}

function show({type, namespace, name, data}) {
  console.log(`${type} ${namespace}/${name} ${data.records ?? data.verdict ?? data.message ?? ''}`)
}

socket.on('message', take)
socket.on('connect', subscribe)
socket.on('refused', ({error}) => console.error(error.detail))
socket.on('connect_error', error => console.error(error.message))

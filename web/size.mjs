// Prints what a citizen downloads, gzip, and fails above the promise of 150 kB (issue 2, section 3).
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'

const LIMIT = 150_000
const dist = new URL('./dist/', import.meta.url).pathname

function files(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? files(path) : [path]
  })
}

let total = 0
for (const path of files(dist).sort()) {
  const size = gzipSync(readFileSync(path), { level: 9 }).length
  total += size
  console.log(`${String(size).padStart(8)} B gzip  ${relative(dist, path)}`)
}
console.log(`${String(total).padStart(8)} B gzip  in all (limit ${LIMIT})`)
if (total > LIMIT) {
  console.error('The citizen window is larger than promised.')
  process.exit(1)
}

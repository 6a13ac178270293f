// Prints what a citizen downloads, gzip, and fails above the promise of 150 kB (issue 2, section 3). The staff site is a
// build of its own in dist/staff and has its own limit: whoever works here loads it once a day, over the office network.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { gzipSync } from 'node:zlib'

const dist = new URL('./dist/', import.meta.url).pathname
const staff = join(dist, 'staff')

function files(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    return statSync(path).isDirectory() ? files(path) : [path]
  })
}

function weigh(name, paths, limit) {
  let total = 0
  for (const path of paths.sort()) {
    const size = gzipSync(readFileSync(path), { level: 9 }).length
    total += size
    console.log(`${String(size).padStart(8)} B gzip  ${relative(dist, path)}`)
  }
  console.log(`${String(total).padStart(8)} B gzip  ${name}, in all (limit ${limit})`)
  if (total > limit) {
    console.error(`${name}: larger than promised.`)
    process.exitCode = 1
  }
}

const all = files(dist)
weigh('the citizen window', all.filter((path) => !path.startsWith(staff)), 150_000)
weigh('the staff site', all.filter((path) => path.startsWith(staff)), 400_000)

import { expect, test } from 'vitest'
import { isInTheWay } from '../../src/log/partition-folder.ts'
import { simulatedSystem } from '../simulation/system.ts'

function folderWith(name: string): boolean {
  const { files } = simulatedSystem()
  files.makeDirectory('/data/notes-1')
  files.open(`/data/notes-1/${name}`, 'create').close()
  return isInTheWay(files, '/data/notes-1')
}

test('what a power loss keeps of a new partition, an index file without its log, is not in its way; a file of the user’s is', () => {
  for (const name of ['00000000000000000000.index', '00000000000000000000.timeindex', 'partition.metadata.tmp', '.leat.lock'])
    expect(folderWith(name), name).toBe(false)
  for (const name of ['mine', '7.index', 'index']) expect(folderWith(name), name).toBe(true)
})

test('a folder that another process makes a partition’s, at whatever moment of the look, is not in the way', () => {
  for (let moment = 1; moment <= 4; moment++) {
    const { files } = simulatedSystem()
    files.makeDirectory('/data/in-0')
    files.open('/data/in-0/.leat.lock', 'create').close()
    let calls = 0
    files.onCall = () => {
      if (++calls !== moment) return
      files.onCall = undefined
      files.open('/data/in-0/partition.metadata', 'create').close()
    }
    expect(isInTheWay(files, '/data/in-0'), `after call ${moment}`).toBe(false)
  }
})

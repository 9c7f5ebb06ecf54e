package sender

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"sync"

	"crier.dev/crier/internal/delivery/ledger"
)

// journal is the file of one shard on the pod's disk. What is written survives
// the process. It isn't synced: a machine that loses power may come back with
// the same pod, on the same disk, without the end of the file or all of it, which is
// why nothing is taken from its silence in another boot, see ledger.Recover.
type journal struct {
	mu      sync.Mutex
	file    io.WriteCloser
	pending []byte
	err     error
}

func journalName(shard string) string { return shard + ".journal" }

// readJournal reads the journal of a shard. It may be there and have no
// entries.
func readJournal(files Files, shard string) (entries []ledger.Entry, there bool, err error) {
	data, err := files.Read(journalName(shard))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, err
	}
	entries, err = ledger.ReadJournal(bytes.NewReader(data))
	return entries, true, err
}

func dropJournal(files Files, shard string) error {
	err := files.Remove(journalName(shard))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func openJournal(files Files, shard string) (*journal, error) {
	file, err := files.Append(journalName(shard))
	if err != nil {
		return nil, err
	}
	return &journal{file: file}, nil
}

// note keeps the entry for the next write. A result that is lost with the
// process leaves its recipient unknown, as one that came a moment later would.
func (j *journal) note(e ledger.Entry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	pending, err := e.AppendLine(j.pending)
	if err != nil {
		return err
	}
	j.pending = pending
	return j.err
}

// commit returns when the entry, and all before it, can't be lost with the
// process any more.
func (j *journal) commit(e ledger.Entry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	pending, err := e.AppendLine(j.pending)
	if err != nil {
		return err
	}
	j.pending = pending
	return j.write()
}

// flush writes what was kept. Its error is that of the next note or commit.
func (j *journal) flush() {
	j.mu.Lock()
	defer j.mu.Unlock()
	_ = j.write() // kept in j.err
}

func (j *journal) write() error {
	if j.err == nil && len(j.pending) > 0 {
		_, j.err = j.file.Write(j.pending)
		j.pending = j.pending[:0]
	}
	return j.err
}

// close writes what is left. Nothing is done with an error: the shard has all
// that the journal knows.
func (j *journal) close() {
	j.flush()
	_ = j.file.Close()
}

package sender

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"sync"

	"crier.dev/crier/internal/ledger"
)

// journal is the file of one shard on the pod's disk. What is written
// survives the process; it needs no sync, since the disk goes with the node.
type journal struct {
	mu   sync.Mutex
	file io.WriteCloser
}

func journalName(shard string) string { return shard + ".journal" }

// readJournal returns no entries if there is no journal of the shard.
func readJournal(files Files, shard string) ([]ledger.Entry, error) {
	data, err := files.Read(journalName(shard))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return ledger.ReadJournal(bytes.NewReader(data))
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

// note returns when the entry can't be lost with the process any more.
func (j *journal) note(e ledger.Entry) error {
	line, err := e.AppendLine(nil)
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	_, err = j.file.Write(line)
	return err
}

func (j *journal) close() { _ = j.file.Close() } // every entry was written when it was noted

package sender

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"crier.dev/crier/internal/ledger"
)

// journal is the file of one shard on the pod's disk. What is written
// survives the process; it needs no sync, since the disk goes with the node.
type journal struct {
	mu   sync.Mutex
	file *os.File
}

func journalPath(dir, shard string) string { return filepath.Join(dir, shard+".journal") }

// readJournal returns no entries if there is no journal of the shard.
func readJournal(dir, shard string) ([]ledger.Entry, error) {
	file, err := os.Open(journalPath(dir, shard))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return ledger.ReadJournal(file)
}

func dropJournal(dir, shard string) error {
	err := os.Remove(journalPath(dir, shard))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

func openJournal(dir, shard string) (*journal, error) {
	file, err := os.OpenFile(journalPath(dir, shard), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &journal{file: file}, nil
}

// note returns when the entry can't be lost with the process any more.
func (j *journal) note(e ledger.Entry) error {
	line, err := e.Line()
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	_, err = j.file.Write(line)
	return err
}

func (j *journal) close() { _ = j.file.Close() } // every entry was written when it was noted

package chain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/internal/filelock"
	"github.com/sage-network/sage-node/internal/privatefile"
)

// Entry is a signed transaction of one account.
type Entry struct {
	Nonce uint64    `json:"nonce"`
	Hash  felt.Felt `json:"hash"`
	// Method is the JSON-RPC method that broadcasts it, Param the name of its parameter.
	Method string `json:"method"`
	Param  string `json:"param"`
	// Transaction is what is broadcast, byte by byte.
	Transaction json.RawMessage `json:"transaction"`
	// Purpose says in words what the transaction does.
	Purpose string `json:"purpose"`
	// Block that holds it, once accepted on L2.
	Block uint64 `json:"block,omitempty"`
	// Accepted on L2. Such entries are kept until L1 has accepted the block, since until then it can be undone.
	Accepted bool `json:"accepted"`
}

// Journal keeps the signed transactions of one account. A Sender puts every transaction there before it broadcasts it, so
// that after a crash the same bytes can be sent again. What Put, Accept and Delete have done must survive a crash once
// they have returned.
type Journal interface {
	// Lock gives the exclusive right to send from the account, across processes, until unlock. It waits for others.
	Lock(ctx context.Context) (unlock func(), err error)
	// Put stores an entry.
	Put(ctx context.Context, e Entry) error
	// Open returns, by ascending nonce, all entries that are not accepted, and the accepted ones whose nonce is at least
	// from.
	Open(ctx context.Context, from uint64) ([]Entry, error)
	// Accept notes that a block accepted on L2 holds the entry.
	Accept(ctx context.Context, e Entry, block uint64) error
	// Delete forgets an entry that can never be executed, or need not be kept.
	Delete(ctx context.Context, e Entry) error
	// Prune forgets accepted entries in blocks up to this one, and all but the newest keep of the others.
	Prune(ctx context.Context, block uint64, keep int) error
}

// FileJournal is a Journal in a folder of its own: one file of mode 0600 for each entry.
type FileJournal struct {
	folder string
}

var _ Journal = (*FileJournal)(nil)

// NewFileJournal uses the folder, which it makes if need be. Two journals on one folder exclude each other's senders.
func NewFileJournal(folder string) (*FileJournal, error) {
	if err := os.MkdirAll(folder, privatefile.FolderMode); err != nil {
		return nil, fmt.Errorf("chain: open the journal: %w", err)
	}
	return &FileJournal{folder: folder}, nil
}

// maxEntry bounds an entry's file: a declaration holds a whole class.
const maxEntry = 64 << 20

const (
	openSuffix     = ".open.json"
	acceptedSuffix = ".accepted.json"
)

func (j *FileJournal) path(e Entry, suffix string) string {
	return filepath.Join(j.folder, fmt.Sprintf("%020d-%s%s", e.Nonce, e.Hash.String(), suffix))
}

func (j *FileJournal) write(e Entry, suffix string) error {
	// By pointer: a felt.Felt marshals itself as hexadecimal only where it can be addressed.
	data, err := json.Marshal(&e)
	if err != nil {
		return err
	}
	return privatefile.Write(j.path(e, suffix), data)
}

// Lock implements Journal. The operating system gives the lock back when the process ends.
func (j *FileJournal) Lock(ctx context.Context) (func(), error) {
	retry := time.NewTicker(20 * time.Millisecond)
	defer retry.Stop()
	for {
		lock, err := filelock.Acquire(filepath.Join(j.folder, "lock"))
		if err == nil {
			return func() { _ = lock.Release() }, nil
		}
		if !errors.Is(err, filelock.ErrHeld) {
			return nil, fmt.Errorf("chain: lock the journal: %w", err)
		}
		select {
		case <-retry.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("chain: another process sends from this account: %w", context.Cause(ctx))
		}
	}
}

// Put implements Journal.
func (j *FileJournal) Put(_ context.Context, e Entry) error {
	return j.write(e, openSuffix)
}

// Open implements Journal.
func (j *FileJournal) Open(_ context.Context, from uint64) ([]Entry, error) {
	files, err := j.files()
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for _, f := range files {
		if f.accepted && f.nonce < from {
			continue
		}
		e, err := readEntry(filepath.Join(j.folder, f.name))
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

func readEntry(path string) (e Entry, err error) {
	data, err := privatefile.Read(path, maxEntry)
	if err != nil {
		return e, err
	}
	if err := json.Unmarshal(data, &e); err != nil {
		return e, fmt.Errorf("chain: the journal's %s is corrupt: %w", path, err)
	}
	return e, nil
}

// Accept implements Journal.
func (j *FileJournal) Accept(_ context.Context, e Entry, block uint64) error {
	e.Accepted, e.Block = true, block
	if err := j.write(e, acceptedSuffix); err != nil {
		return err
	}
	return j.remove(j.path(e, openSuffix))
}

// Delete implements Journal.
func (j *FileJournal) Delete(_ context.Context, e Entry) error {
	return errors.Join(j.remove(j.path(e, openSuffix)), j.remove(j.path(e, acceptedSuffix)))
}

func (j *FileJournal) remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return privatefile.SyncFolder(j.folder)
}

// Prune implements Journal.
func (j *FileJournal) Prune(_ context.Context, block uint64, keep int) error {
	files, err := j.files()
	if err != nil {
		return err
	}
	files = slices.DeleteFunc(files, func(f journalFile) bool { return !f.accepted })
	for i, f := range files {
		path := filepath.Join(j.folder, f.name)
		if i >= len(files)-keep {
			e, err := readEntry(path)
			if err != nil {
				return err
			}
			if e.Block > block {
				continue
			}
		}
		if err := j.remove(path); err != nil {
			return err
		}
	}
	return nil
}

type journalFile struct {
	name     string
	nonce    uint64
	accepted bool
}

// files lists the entries' files by nonce; their names begin with it, at full width.
func (j *FileJournal) files() ([]journalFile, error) {
	listing, err := os.ReadDir(j.folder)
	if err != nil {
		return nil, err
	}
	var out []journalFile
	for _, l := range listing {
		accepted := strings.HasSuffix(l.Name(), acceptedSuffix)
		if !accepted && !strings.HasSuffix(l.Name(), openSuffix) {
			continue
		}
		digits, _, _ := strings.Cut(l.Name(), "-")
		nonce, err := strconv.ParseUint(digits, 10, 64)
		if err != nil || strings.HasPrefix(l.Name(), ".") {
			continue
		}
		out = append(out, journalFile{l.Name(), nonce, accepted})
	}
	return out, nil
}

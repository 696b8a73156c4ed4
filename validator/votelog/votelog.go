package votelog

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/NethermindEth/juno/core/felt"

	"github.com/sage-network/sage-node/internal/filelock"
	"github.com/sage-network/sage-node/internal/privatefile"
	"github.com/sage-network/sage-node/wire"
)

var (
	// ErrConflict: the vote contradicts one that was recorded before. It must not be sent.
	ErrConflict = errors.New("votelog: vote conflicts with a recorded one")
	// ErrCorrupt: the log is damaged in a way that no crash explains.
	ErrCorrupt = errors.New("votelog: log is corrupt")
	// ErrVersion: the log was written by a release whose votes are of another form.
	ErrVersion = errors.New("votelog: log of another version")
	// ErrForeign: the log belongs to another validator or vote key.
	ErrForeign = errors.New("votelog: log belongs to another validator or vote key")
	// ErrLocked: another process holds the log.
	ErrLocked = filelock.ErrHeld
	// ErrBroken: an earlier write failed; the state on disk is unknown until the log is opened again.
	ErrBroken = errors.New("votelog: an earlier write failed")
)

const (
	magic      = "SAGEVOTE"
	version    = 2
	headerSize = len(magic) + 4 + 2*32
	prefixSize = 8
	recordSize = prefixSize + wire.VoteSize
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// file is the part of *os.File that the log writes through.
type file interface {
	io.Writer
	Sync() error
	Close() error
}

// Log is an open vote log. It is safe for concurrent use.
type Log struct {
	path      string
	validator felt.Felt
	voteKey   felt.Felt
	lock      *filelock.Lock

	mu     sync.Mutex
	file   file
	broken error
	floor  uint64 // epochs below were pruned
	slots  map[wire.Slot][]wire.Vote
}

// Open opens the log at path, creating it when it does not exist, and recovers from a torn write.
// validator and voteKey must be those that the log was created with.
func Open(path string, validator, voteKey felt.Felt) (*Log, error) {
	held, err := filelock.Acquire(path + ".lock")
	if err != nil {
		return nil, fmt.Errorf("votelog: %w", err)
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("votelog: %w", err), held.Release())
	}
	l, err := open(f, path, validator, voteKey)
	if err != nil {
		return nil, errors.Join(err, f.Close(), held.Release())
	}
	l.lock = held
	return l, nil
}

func open(f *os.File, path string, validator, voteKey felt.Felt) (*Log, error) {
	head := header(validator, voteKey)
	content, err := io.ReadAll(f)
	if err != nil {
		return nil, fmt.Errorf("votelog: read %s: %w", path, err)
	}
	l := &Log{path: path, validator: validator, voteKey: voteKey, file: f, slots: make(map[wire.Slot][]wire.Vote)}
	good, err := l.load(content, head)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if good < len(content) {
		if err := f.Truncate(int64(good)); err != nil {
			return nil, fmt.Errorf("votelog: cut off torn write: %w", err)
		}
	}
	if _, err := f.Seek(int64(good), io.SeekStart); err != nil {
		return nil, fmt.Errorf("votelog: %w", err)
	}
	if good == 0 {
		if _, err := f.Write(head); err != nil {
			return nil, fmt.Errorf("votelog: write header: %w", err)
		}
	}
	if err := f.Sync(); err != nil {
		return nil, fmt.Errorf("votelog: sync: %w", err)
	}
	if err := privatefile.SyncFolder(filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("votelog: sync folder: %w", err)
	}
	return l, nil
}

func header(validator, voteKey felt.Felt) []byte {
	head := binary.BigEndian.AppendUint32([]byte(magic), version)
	v, k := validator.Bytes(), voteKey.Bytes()
	return append(append(head, v[:]...), k[:]...)
}

// load indexes the records and returns the length of the part that is whole.
func (l *Log) load(content, head []byte) (int, error) {
	if len(content) < headerSize {
		if bytes.HasPrefix(head, content) {
			return 0, nil // new, or torn while it was created
		}
		return 0, fmt.Errorf("%w: no header", ErrCorrupt)
	}
	if string(content[:len(magic)]) != magic {
		return 0, fmt.Errorf("%w: not a vote log", ErrCorrupt)
	}
	if v := binary.BigEndian.Uint32(content[len(magic):]); v != version {
		return 0, fmt.Errorf("%w: version %d, this program writes %d", ErrVersion, v, version)
	}
	if !bytes.Equal(content[:headerSize], head) {
		return 0, fmt.Errorf("%w: use the keystore and account it was created with, or another folder", ErrForeign)
	}
	at := headerSize
	for at < len(content) {
		vote, err := readRecord(content[at:])
		if err != nil {
			if len(content)-at > recordSize {
				return 0, fmt.Errorf("%w: at byte %d of %d: %w", ErrCorrupt, at, len(content), err)
			}
			return at, nil
		}
		if err := l.check(vote); err != nil {
			return 0, fmt.Errorf("%w: at byte %d: %w", ErrCorrupt, at, err)
		}
		l.slots[vote.Slot] = append(l.slots[vote.Slot], vote)
		at += recordSize
	}
	return at, nil
}

func readRecord(b []byte) (wire.Vote, error) {
	if len(b) < recordSize {
		return wire.Vote{}, io.ErrUnexpectedEOF
	}
	payload := b[prefixSize:recordSize]
	if n := binary.BigEndian.Uint32(b); n != wire.VoteSize {
		return wire.Vote{}, fmt.Errorf("record of %d bytes, want %d", n, wire.VoteSize)
	}
	if crc32.Checksum(payload, castagnoli) != binary.BigEndian.Uint32(b[4:]) {
		return wire.Vote{}, errors.New("checksum does not match")
	}
	var vote wire.Vote
	err := vote.UnmarshalBinary(payload)
	return vote, err
}

// check refuses what would be a contradiction.
func (l *Log) check(vote wire.Vote) error {
	if vote.Validator != l.validator {
		return fmt.Errorf("%w: vote of %s", ErrForeign, vote.Validator.String())
	}
	for _, earlier := range l.slots[vote.Slot] {
		if earlier.Round == vote.Round {
			return fmt.Errorf("%w: %s in round %d of %s after %s", ErrConflict, vote.Verdict, vote.Round, vote.Slot, earlier.Verdict)
		}
		if earlier.Verdict.Decisive() && vote.Verdict != earlier.Verdict && vote.Verdict.Decisive() {
			return fmt.Errorf("%w: %s on %s after %s", ErrConflict, vote.Verdict, vote.Slot, earlier.Verdict)
		}
	}
	return nil
}

// Record makes a vote durable. It returns nil once the vote is synced to disk, or was recorded
// before; ErrConflict when it contradicts an earlier one. After any other error the log takes no
// more votes: what reached the disk is unknown.
func (l *Log) Record(vote wire.Vote) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return l.broken
	}
	if slices.Contains(l.slots[vote.Slot], vote) {
		return nil
	}
	if vote.Slot.VoteEpoch < l.floor {
		return fmt.Errorf("%w: epoch %d, those from %d on are remembered", ErrPruned, vote.Slot.VoteEpoch, l.floor)
	}
	if err := l.check(vote); err != nil {
		return err
	}
	record, err := encodeRecord(vote)
	if err != nil {
		return err
	}
	if _, err := l.file.Write(record); err != nil {
		l.broken = fmt.Errorf("%w: %s: %w", ErrBroken, l.path, err)
		return l.broken
	}
	if err := l.file.Sync(); err != nil {
		l.broken = fmt.Errorf("%w: %s: %w", ErrBroken, l.path, err)
		return l.broken
	}
	l.slots[vote.Slot] = append(l.slots[vote.Slot], vote)
	return nil
}

// Votes returns the recorded votes on a slot in the order they were recorded.
func (l *Log) Votes(slot wire.Slot) []wire.Vote {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.slots[slot])
}

// Len returns the number of recorded votes.
func (l *Log) Len() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, votes := range l.slots {
		n += len(votes)
	}
	return n
}

// Close releases the log. A closed log takes no more votes.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if errors.Is(l.broken, os.ErrClosed) {
		return nil
	}
	l.broken = fmt.Errorf("%w: %w", ErrBroken, os.ErrClosed)
	return errors.Join(l.file.Close(), l.lock.Release())
}

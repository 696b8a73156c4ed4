package votelog

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"

	"github.com/sage-network/sage-node/internal/privatefile"
	"github.com/sage-network/sage-node/wire"
)

// ErrPruned: the slot's epoch is one whose votes were forgotten. It is never voted on again.
var ErrPruned = errors.New("votelog: votes of this epoch were forgotten")

// Prune forgets the votes of epochs below floor, and from then on refuses to record any: what is not
// remembered must not be voted on. The floor is not stored: whoever opens a log prunes it before the
// first vote. The new file takes the old one's place in one step; after a crash one of the two is there.
// It returns how many votes were forgotten. An error other than ErrBroken leaves the log as it was, but
// for the floor.
func (l *Log) Prune(floor uint64) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return 0, l.broken
	}
	l.floor = max(l.floor, floor)
	kept := make(map[wire.Slot][]wire.Vote)
	content, forgotten := header(l.validator, l.voteKey), 0
	for slot, votes := range l.slots {
		if slot.VoteEpoch < l.floor {
			forgotten += len(votes)
			continue
		}
		kept[slot] = votes
		for _, vote := range votes {
			record, err := encodeRecord(vote)
			if err != nil {
				return 0, err
			}
			content = append(content, record...)
		}
	}
	if forgotten == 0 {
		return 0, nil
	}
	temporary := l.path + ".new"
	file, err := writeNew(temporary, content)
	if err != nil {
		return 0, fmt.Errorf("votelog: prune: %w", errors.Join(err, os.Remove(temporary)))
	}
	if err := os.Rename(temporary, l.path); err != nil {
		return 0, fmt.Errorf("votelog: prune: %w", errors.Join(err, file.Close(), os.Remove(temporary)))
	}
	old := l.file
	l.file, l.slots = file, kept
	// Until the folder is synced the old file may come back after a power cut, without what is recorded next.
	if err := errors.Join(privatefile.SyncFolder(filepath.Dir(l.path)), old.Close()); err != nil {
		l.broken = fmt.Errorf("%w: %s: %w", ErrBroken, l.path, err)
		return forgotten, l.broken
	}
	return forgotten, nil
}

// writeNew writes and syncs a file, and leaves it open at its end.
func writeNew(path string, content []byte) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	if _, err := f.Write(content); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := f.Sync(); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// encodeRecord is a vote as the log has it.
func encodeRecord(vote wire.Vote) ([]byte, error) {
	payload, err := vote.MarshalBinary()
	if err != nil {
		return nil, err
	}
	var read wire.Vote
	if err := read.UnmarshalBinary(payload); err != nil {
		return nil, err // would not be readable after a crash
	}
	record := binary.BigEndian.AppendUint32(make([]byte, 0, recordSize), wire.VoteSize)
	record = binary.BigEndian.AppendUint32(record, crc32.Checksum(payload, castagnoli))
	return append(record, payload...), nil
}

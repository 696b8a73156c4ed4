package elgamal

import (
	"context"
	"crypto/sha256"
	"fmt"
)

// A table on disk or in memory mapped from there is
//
//	"SAGE/DLOG/1", table bits (1 byte), 20 zero bytes, SHA-256 of the slots, slots
//
// where a slot is two little-endian numbers of 32 bits. It holds nothing secret.
// The hash finds damage; a table that is wrong on purpose makes searches fail, but
// never yields a wrong value, because every candidate is checked.
const (
	tableMagic  = "SAGE/DLOG/1"
	tableHeader = 32 + sha256.Size
)

// TableSize returns the number of bytes of a table with 2^tableBits baby steps:
// 16 MiB and 64 bytes for [DefaultTableBits].
func TableSize(tableBits int) int64 { return tableHeader + slotBytes*2<<tableBits }

// Table returns the solver's table, header first, and builds it if there is none;
// ctx and progress are as for [Solver.Build].
func (s *Solver) Table(ctx context.Context, progress func(done, total uint64)) (header, slots []byte, err error) {
	if err := s.Build(ctx, progress); err != nil {
		return nil, nil, err
	}
	header = make([]byte, 0, tableHeader)
	header = append(append(header, tableMagic...), byte(s.bits))
	sum := sha256.Sum256(s.slots)
	return append(header[:32], sum[:]...), s.slots, nil
}

// LoadTable returns a solver that reads its table in place from data, which must
// stay unchanged and mapped as long as the solver is used. It returns
// [ErrEncoding] for anything but an undamaged table of 2^tableBits baby steps.
func LoadTable(data []byte, tableBits int) (*Solver, error) {
	s, err := NewSolver(tableBits)
	if err != nil {
		return nil, err
	}
	if int64(len(data)) != TableSize(tableBits) {
		return nil, fmt.Errorf("%w: a table of %d bytes, want %d", ErrEncoding, len(data), TableSize(tableBits))
	}
	header := make([]byte, 32)
	header[copy(header, tableMagic)] = byte(tableBits)
	if string(data[:32]) != string(header) {
		return nil, fmt.Errorf("%w: not a table of 2^%d steps", ErrEncoding, tableBits)
	}
	slots := data[tableHeader:]
	if sum := sha256.Sum256(slots); string(sum[:]) != string(data[32:tableHeader]) {
		return nil, fmt.Errorf("%w: the table is damaged", ErrEncoding)
	}
	s.slots, s.step = slots, multiple(2<<tableBits+1)
	return s, nil
}

// Package dlogtable keeps the table of elgamal's discrete logarithms in a file:
// built once, mapped into memory by every process that uses it, checked by its hash
// at each opening and built again when it is damaged. It holds nothing secret.
package dlogtable

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/sage-network/sage-node/elgamal"
)

// Table is a solver whose table lies in a file.
type Table struct {
	*elgamal.Solver
	release func() error
}

// Close unmaps the file; the solver must not be used afterwards.
func (t *Table) Close() error { return t.release() }

// Open returns a solver with 2^tableBits baby steps whose table is the file
// dlog-<tableBits>.table in folder, which is made if it is missing. The first call
// builds the table in a fraction of a second ([elgamal.DefaultTableBits]) and
// writes it, unless ctx ends before; progress, which may be nil, is told how far it is. Several processes
// may open one folder: a file appears whole or not at all.
func Open(ctx context.Context, folder string, tableBits int, progress func(done, total uint64)) (*Table, error) {
	path := filepath.Join(folder, fmt.Sprintf("dlog-%d.table", tableBits))
	if t, err := load(path, tableBits); err == nil {
		return t, nil
	}
	s, err := elgamal.NewSolver(tableBits)
	if err != nil {
		return nil, err
	}
	if err := write(ctx, path, s, progress); err != nil {
		return nil, fmt.Errorf("dlogtable: %w", err)
	}
	t, err := load(path, tableBits)
	if err != nil {
		return nil, fmt.Errorf("dlogtable: the table just written: %w", err)
	}
	return t, nil
}

// Shared returns a solver that opens the table in the user's cache folder
// (sage/tables) at its first search, and builds one in memory where that folder
// cannot be used. The file stays mapped until the process ends.
func Shared(tableBits int) (*elgamal.Solver, error) {
	return elgamal.NewSolverFrom(tableBits, func(ctx context.Context) (*elgamal.Solver, error) {
		cache, err := os.UserCacheDir()
		if err != nil {
			return nil, err
		}
		t, err := Open(ctx, filepath.Join(cache, "sage", "tables"), tableBits, nil)
		if err != nil {
			return nil, err
		}
		return t.Solver, nil
	})
}

func load(path string, tableBits int) (*Table, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() != elgamal.TableSize(tableBits) {
		return nil, fmt.Errorf("%s has %d bytes, want %d", path, info.Size(), elgamal.TableSize(tableBits))
	}
	data, release, err := view(f, int(info.Size()))
	if err != nil {
		return nil, err
	}
	s, err := elgamal.LoadTable(data, tableBits)
	if err != nil {
		_ = release() // the first error counts
		return nil, err
	}
	return &Table{s, release}, nil
}

// write puts the table beside its place and renames it there.
func write(ctx context.Context, path string, s *elgamal.Solver, progress func(done, total uint64)) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".dlog-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = f.Close()           // closed twice at worst
			_ = os.Remove(f.Name()) // nothing else to do about it
		}
	}()
	header, slots, err := s.Table(ctx, progress)
	if err != nil {
		return err
	}
	for _, part := range [][]byte{header, slots} {
		if _, err := f.Write(part); err != nil {
			return err
		}
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Package sqlite keeps a [store.Store] in one SQLite file: the driver for a single coordinator.
//
// The file is in WAL mode with full synchronisation; one connection writes, in immediate
// transactions, a few others read. An advisory lock keeps a second process out, so that tasks which
// a killed process left running can be handed out again at once. The database's clock is the
// machine's.
package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver"
	"github.com/riverqueue/river/riverdriver/riversqlite"
	"github.com/riverqueue/river/rivermigrate"
	_ "modernc.org/sqlite" // the database/sql driver

	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/internal/filelock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// readers is the number of connections that read.
const readers = 4

// Store is an open database.
type Store struct {
	write, read *sql.DB
	lock        *filelock.Lock
	outbox      *river.Client[*sql.Tx]
	clock       func() time.Time
	synchronous string

	mu      sync.Mutex
	changed chan struct{}
}

var _ store.Store = (*Store)(nil)

// Option changes how a store is opened.
type Option func(*Store)

// WithClock replaces the database's clock; for tests.
func WithClock(clock func() time.Time) Option { return func(s *Store) { s.clock = clock } }

// WithoutSync lets commits survive a killed process but not a power cut; for tests.
func WithoutSync() Option { return func(s *Store) { s.synchronous = "OFF" } }

// Open opens the database file at path, creates it with mode 0600 if it is missing, and brings its
// schema up to date. It fails with store.ErrInUse while another process has the file open.
func Open(ctx context.Context, path string, options ...Option) (_ *Store, err error) {
	s := &Store{clock: time.Now, synchronous: "FULL", changed: make(chan struct{})}
	for _, o := range options {
		o(s)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("open store %s: %w", path, errors.Join(err, s.Close()))
		}
	}()
	if path, err = filepath.Abs(path); err != nil {
		return nil, err
	}
	s.lock, err = filelock.Acquire(path + ".lock")
	if errors.Is(err, filelock.ErrHeld) {
		return nil, fmt.Errorf("%w; stop the other coordinator first", store.ErrInUse)
	}
	if err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(f.Chmod(0o600), f.Close()); err != nil {
		return nil, err
	}
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?_pragma=busy_timeout(10000)&_pragma=foreign_keys(1)&_pragma=journal_mode(WAL)&_pragma=synchronous(" + s.synchronous + ")"
	if s.write, err = sql.Open("sqlite", dsn+"&_txlock=immediate"); err != nil {
		return nil, err
	}
	s.write.SetMaxOpenConns(1)
	if err := s.migrate(ctx); err != nil {
		return nil, err
	}
	if s.read, err = sql.Open("sqlite", dsn+"&_pragma=query_only(1)"); err != nil {
		return nil, err
	}
	s.read.SetMaxOpenConns(readers)
	if s.outbox, err = river.NewClient(s.Driver(), &river.Config{}); err != nil {
		return nil, fmt.Errorf("outbox: %w", err)
	}
	return s, nil
}

func (s *Store) migrate(ctx context.Context) error {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	own, err := goose.NewProvider(goose.DialectSQLite3, s.write, dir)
	if err != nil {
		return fmt.Errorf("migrations: %w", err)
	}
	if _, err := own.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	tasks, err := rivermigrate.New(riversqlite.New(s.write), nil)
	if err != nil {
		return fmt.Errorf("task migrations: %w", err)
	}
	if _, err := tasks.Migrate(ctx, rivermigrate.DirectionUp, nil); err != nil {
		return fmt.Errorf("migrate tasks: %w", err)
	}
	// This process is alone: whatever runs according to the table died with its process.
	_, err = s.write.ExecContext(ctx, `UPDATE river_job SET state = 'available' WHERE state = 'running'`)
	if err == nil {
		_, err = s.write.ExecContext(ctx, `DELETE FROM river_leader`)
	}
	return err
}

// Driver is what a task queue on this store works with.
func (s *Store) Driver() riverdriver.Driver[*sql.Tx] { return riversqlite.New(s.write) }

// Close closes the store. Whatever uses its Driver must have stopped before.
func (s *Store) Close() error {
	var errs []error
	if s.read != nil {
		errs = append(errs, s.read.Close())
	}
	if s.write != nil {
		errs = append(errs, s.write.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.Release())
		s.lock = nil
	}
	return errors.Join(errs...)
}

// Changed implements store.Store.
func (s *Store) Changed() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.changed
}

func (s *Store) announce() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
}

// Update implements store.Store.
func (s *Store) Update(ctx context.Context, fn func(store.Tx) error) error {
	sqlTx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("store: begin: %w", err)
	}
	defer sqlTx.Rollback() // after a commit it does nothing
	t := &tx{reader: reader{q: sqlTx, now: s.now()}, tx: sqlTx, outbox: s.outbox}
	if err := fn(t); err != nil {
		return err
	}
	if err := sqlTx.Commit(); err != nil {
		return fmt.Errorf("store: commit: %w", err)
	}
	s.announce()
	return nil
}

// View implements store.Store.
func (s *Store) View(ctx context.Context, fn func(store.Reader) error) error {
	sqlTx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("store: begin: %w", err)
	}
	defer sqlTx.Rollback()
	return fn(&reader{q: sqlTx, now: s.now()})
}

func (s *Store) now() time.Time { return s.clock().UTC().Truncate(time.Microsecond) }

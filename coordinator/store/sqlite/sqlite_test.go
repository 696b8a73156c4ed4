package sqlite_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/riverqueue/river/riverdriver"
	"go.uber.org/goleak"

	"github.com/sage-network/sage-node/coordinator/store"
	"github.com/sage-network/sage-node/coordinator/store/sqlite"
	"github.com/sage-network/sage-node/coordinator/store/storetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestConformance(t *testing.T) {
	dir := t.TempDir()
	storetest.Run(t, storetest.Driver{
		Open: func(t *testing.T, name string, clock func() time.Time) store.Store {
			s, err := sqlite.Open(t.Context(), filepath.Join(dir, strings.ReplaceAll(name, "/", "-")+" ?.db"), sqlite.WithClock(clock))
			if err != nil {
				t.Fatal(err)
			}
			return s
		},
		Tasks: tasks,
	})
}

func tasks(t *testing.T, s store.Store) (all []store.Task) {
	rows, err := s.(*sqlite.Store).Driver().GetExecutor().JobGetByKindMany(t.Context(), &riverdriver.JobGetByKindManyParams{Kind: []string{
		string(store.TaskCreate), string(store.TaskFund), string(store.TaskWatch), string(store.TaskRelease), string(store.TaskRefund),
	}})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		var v store.Task
		if err := json.Unmarshal(r.EncodedArgs, &v); err != nil {
			t.Fatal(err)
		}
		v.Kind = store.TaskKind(r.Kind)
		all = append(all, v)
	}
	return all
}

func TestOneProcess(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	s, err := sqlite.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := sqlite.Open(t.Context(), path); !errors.Is(err, store.ErrInUse) {
		t.Fatalf("second opening: %v, want ErrInUse", err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("mode %v, %v", info.Mode(), err)
	}
}

func TestNotADatabase(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	if err := os.WriteFile(path, []byte("this is no database, and long enough to look like one"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sqlite.Open(context.Background(), path); err == nil {
		t.Fatal("opened a text file")
	}
}

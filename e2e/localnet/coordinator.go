package localnet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// StartCoordinator starts the coordinator, also again after it was killed, and waits until it serves. It
// listens where the profile says.
func (n *Network) StartCoordinator(ctx context.Context) error {
	home := n.CoordinatorHome()
	var err error
	n.coordinator, err = start("coordinator", filepath.Join(n.Dir, "coordinator.log"), n.Environment(home), n.program("sage-coordinator"), "start")
	if err != nil {
		return err
	}
	client := &http.Client{Timeout: 2 * time.Second}
	return until(ctx, "the coordinator", n.coordinator, func() (bool, error) {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, n.Profile.Coordinator+"/healthz", nil)
		if err != nil {
			return false, err
		}
		response, err := client.Do(request)
		if err != nil {
			return false, nil // not yet listening
		}
		defer response.Body.Close()
		_, err = io.Copy(io.Discard, response.Body)
		return response.StatusCode == http.StatusOK && err == nil, nil
	})
}

// Coordinator is the coordinator's process.
func (n *Network) Coordinator() *Process { return n.coordinator }

// CoordinatorCommand runs a command of sage-coordinator to its end and returns its stdout. talk
// receives its stderr and may be nil.
func (n *Network) CoordinatorCommand(ctx context.Context, talk io.Writer, args ...string) (string, error) {
	return run(ctx, n.Environment(n.CoordinatorHome()), talk, n.program("sage-coordinator"), args...)
}

// Worker is an operator's home, with a running worker or without.
type Worker struct {
	*Process
	Name string
	Home string

	network *Network
	program string
}

// NewWorker makes an empty home for an operator. program is sage-worker, or the build of it that
// cheats.
func (n *Network) NewWorker(name, program string) (*Worker, error) {
	home := filepath.Join(n.Dir, name)
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, err
	}
	w := &Worker{Name: name, Home: home, network: n, program: n.program(program)}
	n.workers = append(n.workers, w)
	return w, nil
}

// Command runs a command of the worker's program to its end and returns its stdout.
func (w *Worker) Command(ctx context.Context, talk io.Writer, args ...string) (string, error) {
	return run(ctx, w.network.Environment(w.Home), talk, w.program, args...)
}

// JSON runs a command with --json and decodes its result.
func (w *Worker) JSON(ctx context.Context, into any, args ...string) error {
	out, err := w.Command(ctx, nil, append(args, "--json")...)
	if err != nil {
		return err
	}
	return decode(out, into)
}

// CoordinatorJSON runs a command of sage-coordinator with --json and decodes its result.
func (n *Network) CoordinatorJSON(ctx context.Context, into any, args ...string) error {
	out, err := n.CoordinatorCommand(ctx, nil, append(args, "--json")...)
	if err != nil {
		return err
	}
	return decode(out, into)
}

func decode(out string, into any) error {
	if err := json.Unmarshal([]byte(out), into); err != nil {
		return fmt.Errorf("result %q: %w", out, err)
	}
	return nil
}

// Start starts the worker, also again after it was killed.
func (w *Worker) Start() (err error) {
	w.Process, err = start(w.Name, filepath.Join(w.network.Dir, w.Name+".log"), w.network.Environment(w.Home), w.program, "start")
	return err
}

// Join takes a fresh operator through wallet, faucet, stake and registration.
func (w *Worker) Join(ctx context.Context, talk io.Writer) error {
	for _, args := range [][]string{
		{"create-wallet"}, {"request-tokens"}, {"stake", "--amount", "1000", "--gpu-tier", "T4"}, {"register"},
	} {
		if _, err := w.Command(ctx, talk, args...); err != nil {
			return fmt.Errorf("%s: %w", w.Name, err)
		}
	}
	return nil
}

// Crashed returns the first program of the network that has ended by itself, as an error.
func (n *Network) Crashed() error {
	var all []*Process
	all = append(append(all, n.coordinator), n.validators...)
	for _, w := range n.workers {
		all = append(all, w.Process)
	}
	for _, p := range all {
		if p == nil || p.ended.Load() {
			continue
		}
		select {
		case <-p.Exited():
			return p.Crash()
		default:
		}
	}
	select {
	case <-n.Devnet.Exited():
		return errors.New("the devnet ended; see " + filepath.Join(n.Dir, "devnet.log"))
	default:
		return nil
	}
}

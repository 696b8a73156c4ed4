package localnet

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Process is one running program of the network.
type Process struct {
	Name string
	Log  string // path of its stderr and stdout

	cmd    *exec.Cmd
	exited chan struct{}
	err    error // after exited
	once   sync.Once
	ended  atomic.Bool // by us
}

// start runs a program in the background with its output in a log file. It ends with its parent: the
// kernel kills it when this program dies, however it dies.
func start(name, logPath string, environment []string, program string, args ...string) (*Process, error) {
	log, err := os.OpenFile(logPath, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(program, args...)
	cmd.Env = environment
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = dieWithParent()
	if err := startLocked(cmd); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	p := &Process{Name: name, Log: logPath, cmd: cmd, exited: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// Exited is closed when the process has ended.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Kill ends the process as a power cut would.
func (p *Process) Kill() {
	p.ended.Store(true)
	p.cmd.Process.Kill()
	<-p.exited
}

// Pause stops the process in its tracks; Resume lets it go on.
func (p *Process) Pause() error { return p.cmd.Process.Signal(syscall.SIGSTOP) }

// Resume lets a paused process go on.
func (p *Process) Resume() error { return p.cmd.Process.Signal(syscall.SIGCONT) }

// Stop asks the process to end and waits; one that does not end within grace is killed.
func (p *Process) Stop(grace time.Duration) error {
	p.ended.Store(true)
	p.once.Do(func() { p.cmd.Process.Signal(syscall.SIGTERM) })
	select {
	case <-p.exited:
		return nil
	case <-time.After(grace):
		p.Kill()
		return fmt.Errorf("%s did not stop within %s and was killed", p.Name, grace)
	}
}

// Crash describes how the process ended, with the end of its log.
func (p *Process) Crash() error {
	<-p.exited
	why := "exited"
	if p.err != nil {
		why = p.err.Error()
	}
	return fmt.Errorf("%s %s; the end of %s:\n%s", p.Name, why, p.Log, tail(p.Log, 30))
}

func tail(path string, lines int) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(string(b), "\n"), "\n")
	return "    " + strings.Join(all[max(0, len(all)-lines):], "\n    ")
}

// CommandError is a command that ended with a code other than 0.
type CommandError struct {
	Command string
	Code    int
	Stderr  string
}

func (e *CommandError) Error() string {
	return fmt.Sprintf("%s: exit code %d: %s", e.Command, e.Code, strings.TrimSpace(e.Stderr))
}

// run executes a program to its end and returns its stdout.
func run(ctx context.Context, environment []string, talk io.Writer, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Env = environment
	cmd.SysProcAttr = dieWithParent()
	var stdout, stderr bytes.Buffer
	cmd.Stdout = &stdout
	cmd.Stderr = &stderr
	if talk != nil {
		cmd.Stderr = io.MultiWriter(&stderr, talk)
	}
	err := runLocked(cmd)
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return stdout.String(), &CommandError{Command: filepath.Base(program) + " " + strings.Join(args, " "), Code: exit.ExitCode(), Stderr: stderr.String()}
	}
	return strings.TrimRight(stdout.String(), "\n"), err
}

// until calls check every 50 ms until it is true, the context ends, or a watched process exits.
func until(ctx context.Context, what string, watched *Process, check func() (bool, error)) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var exited <-chan struct{}
	if watched != nil {
		exited = watched.Exited()
	}
	var last error
	for {
		ok, err := check()
		if ok && err == nil {
			return nil
		}
		if err != nil {
			last = err
		}
		select {
		case <-exited:
			return watched.Crash()
		case <-ctx.Done():
			if last != nil {
				return fmt.Errorf("waiting for %s: %w (last: %v)", what, ctx.Err(), last)
			}
			return fmt.Errorf("waiting for %s: %w", what, ctx.Err())
		case <-tick.C:
		}
	}
}

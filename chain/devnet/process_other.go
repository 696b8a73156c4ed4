//go:build !linux

package devnet

import (
	"os"
	"os/exec"
	"time"
)

// superviseProcess starts a program, sends the outcome to started, and calls exited when the program has ended.
func superviseProcess(cmd *exec.Cmd, started chan<- error, exited func()) {
	err := cmd.Start()
	started <- err
	if err != nil {
		return
	}
	_ = cmd.Wait()
	exited()
}

// stopProcess ends the program: politely, then by force.
func stopProcess(cmd *exec.Cmd, exited <-chan struct{}, patience time.Duration) {
	if cmd.Process == nil {
		return
	}
	_ = cmd.Process.Signal(os.Interrupt)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-exited:
		return
	case <-timer.C:
	}
	_ = cmd.Process.Kill()
	<-exited
}

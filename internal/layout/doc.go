// Package layout holds no code: its test keeps the project's imports pointing one way.
package layout

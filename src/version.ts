/** The version of Lockplane: that of its package. */
export const version = "0.1.0"

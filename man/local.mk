dist_man_MANS += man/sessiongate.8 man/sessiongatectl.8
